using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Leases;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>What the status of a BGPPeer says of hosts whose agents are killed.</summary>
public sealed class BgpSessionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sessions_AgentKilled_AreUnknownUntilItIsBackAndGoWithTheHost()
    {
        await using World world = await World.StartAsync();
        BGPPeer peer = await world.CreateAsync(new BGPPeer
        {
            Metadata = new ObjectMeta { Name = "tor-a" },
            Spec = new BGPPeerSpec { PeerAddress = "192.0.2.1", PeerASN = 65000, LocalASN = 65001 },
        });
        using Gateway lives = await Gateway.StartAsync(world, "gw-1");
        using Gateway dies = await Gateway.StartAsync(world, "gw-2", leaseSeconds: 1);
        await SpeakAsync(lives, peer);
        await SpeakAsync(dies, peer);

        BGPSession silent = (await world.SeesAsync<BGPPeer>("tor-a", p => Of(p, "gw-2")?.State == "Unknown", "that nobody knows", ns: "")).Status!.Sessions!.Find(s => s.Host == "gw-2")!;
        Assert.Equal(("AgentSilent", null), (silent.Reason, silent.PrefixesAnnounced));
        await world.EventAsync("tor-a", "AgentSilent");
        Assert.Equal("Established", Of((await world.FindAsync<BGPPeer>("tor-a", ns: ""))!, "gw-1")?.State);

        // The agent is back: it renews its Lease, and says what is.
        Lease lease = (await world.FindAsync<Lease>("gw-2", ns: LeaseOptions.SystemNamespace))!;
        await dies.Client.UpdateAsync(
            lease,
            l =>
            {
                l.Spec!.LeaseDurationSeconds = 3600;
                l.Spec.RenewTime = TimeProvider.System.GetUtcNow();
            },
            Token);
        await world.SeesAsync<Host>("gw-2", h => h.Status?.Conditions?.Find(c => c.Type == "Ready")?.Status == "True", "Ready", ns: "");
        await SpeakAsync(dies, peer);
        BGPPeer back = await world.SeesAsync<BGPPeer>("tor-a", p => Of(p, "gw-2") is { State: "Established", PrefixesAnnounced: 7 }, "it is back", ns: "");
        Assert.Equal("the session is up", Of(back, "gw-2")!.Message);

        await world.Client.DeleteAsync<Host>(new ObjectKey("", "gw-2"), null, Token);
        await world.SeesAsync<BGPPeer>("tor-a", p => p.Status?.Sessions is [{ Host: "gw-1", State: "Established" }], "one session", ns: "");
    }

    private static BGPSession? Of(BGPPeer peer, string host) => peer.Status?.Sessions?.Find(s => s.Host == host);

    /// <summary>As an agent writes its session.</summary>
    private static Task<BGPPeer?> SpeakAsync(Gateway gateway, BGPPeer peer) => gateway.Client.ApplyStatusAsync(
        new BGPPeer
        {
            Metadata = new ObjectMeta { Name = peer.Metadata.Name, Uid = peer.Metadata.Uid },
            Status = new BGPPeerStatus
            {
                Sessions = [new BGPSession { Host = gateway.Name, State = "Established", Reason = "Established", Message = "the session is up", PrefixesAnnounced = 7 }],
            },
        },
        $"lodestone-agent-{gateway.Name}",
        Token);
}
