using System.Collections.Concurrent;
using System.Net;
using Lodestone.Agent.Announce;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Datapath.Layout;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Agent.Tests.Announce.Layer2;

/// <summary>Somebody has a VIP of ours and only answers those who ask for it, as a kernel does.</summary>
public sealed class SilentStrangerTests
{
    private static readonly string[] Vips = ["203.0.113.7", "2001:db8:cafe::7"];

    [Fact]
    public void SendDue_StrangerNeverAnnouncesWhatHeHas_IsHeardWithTheMinutesAnnouncement()
    {
        Privilege.RequireRoot();
        string name = $"lsatest-{Environment.ProcessId}-silent";
        using var machine = NetworkNamespace.Create(name);
        using var far = NetworkNamespace.Create(name + "-far");
        try
        {
            machine.Run(() => Ask(far));
        }
        finally
        {
            NetworkNamespace.Delete(name);
            NetworkNamespace.Delete(name + "-far");
        }
    }

    private static void Ask(NetworkNamespace far)
    {
        far.SetVariable("net/ipv6/conf/default/accept_dad", "0");
        using RtNetlink netlink = RtNetlink.Open(), stranger = RtNetlink.Open(far);
        netlink.AddVeth(new VethEnd("uplink"), new VethEnd("far0", far));
        LinkInfo own = netlink.GetLink("uplink"), his = stranger.GetLink("far0");
        netlink.SetLink(own.Index, new LinkSettings { IsUp = true });
        stranger.SetLink(his.Index, new LinkSettings { IsUp = true });
        foreach (string vip in Vips)
        {
            stranger.AddAddress(his.Index, IPAddress.Parse(vip), vip.Contains(':', StringComparison.Ordinal) ? 128 : 32);
        }

        var time = new ManualTime(World.Start);
        var device = new LocalDevice("uplink", (uint)own.Index, IsVeth: true, IsUp: true, 1500, Macs.FromLinux(own.Address));
        var claims = new ConcurrentQueue<AddressClaim>();
        using var end = new CancellationTokenSource();
        Task listening = new ClaimListener(() => device, claims.Enqueue, NullLogger.Instance, TimeProvider.System).RunAsync(end.Token);
        using var announcer = new Announcer(() => device, NullLogger.Instance, time);
        announcer.Change(new AddressChange([.. Vips.Select(DatapathAddress.Parse)], []));

        // A take-over asks nobody: who had it before may still answer.
        announcer.SendDue();
        time.Advance(TimeSpan.FromSeconds(2));
        announcer.SendDue();
        Assert.False(SpinWait.SpinUntil(() => claims.Any(IsOfAVip), TimeSpan.FromMilliseconds(200)));

        // Of both families, and he answers who asked: told to all nodes the address would be his for everybody.
        using PacketSocket heard = PacketSocket.OpenForAdvertisements(own.Index);
        Assert.True(SpinWait.SpinUntil(() => netlink.GetAddresses(own.Index).Any(a => a.Address.IsIPv6LinkLocal), TimeSpan.FromSeconds(10)));
        time.Advance(TimeSpan.FromMinutes(1));
        announcer.SendDue();
        Assert.True(SpinWait.SpinUntil(() => Array.TrueForAll(Vips, vip => claims.Any(claim => claim.Address.ToString() == vip)), TimeSpan.FromSeconds(10)));
        byte[] answer = new byte[256];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        AddressClaim claim;
        while (!AddressClaim.TryParse(answer.AsSpan(0, heard.ReceiveAsync(answer, limit.Token).AsTask().GetAwaiter().GetResult()), out claim) || claim.LinkAddress != his.Address)
        {
        }

        Assert.Equal((Vips[1], own.Address), (claim.Address.ToString(), new Lodestone.Linux.MacAddress(answer.AsSpan(0, 6))));
        Assert.All(claims.Where(IsOfAVip), claim => Assert.Equal(his.Address, claim.LinkAddress));
        end.Cancel();
        Assert.True(Task.WhenAny(listening).Wait(TimeSpan.FromSeconds(10)));
    }

    private static bool IsOfAVip(AddressClaim claim) => Vips.Contains(claim.Address.ToString());
}
