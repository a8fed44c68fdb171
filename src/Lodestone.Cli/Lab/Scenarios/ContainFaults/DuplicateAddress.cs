using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;
using Lodestone.Linux;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;

namespace Lodestone.Cli.Lab.Scenarios.ContainFaults;

/// <summary>A machine that is none of ours has the addresses of a load balancer, and says so when it starts.</summary>
internal sealed class DuplicateAddress(ScenarioContext context)
{
    // It comes up with a claim, and resets connections that come to it.
    private static readonly TimeSpan OwnGoal = TimeSpan.FromSeconds(3);

    private readonly LabSite _site = context.Site;

    /// <summary>The load balancer.</summary>
    public static string Balancer => SitePlan.Layer2Balancers[0];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var findings = new Findings();
        SiteBalancer balancer = _site.Balancers.First(b => b.Name == Balancer);
        SiteGuest? stranger = null;
        try
        {
            IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
                async () =>
                {
                    stranger = SiteGuest.PlugIn(_site, "stranger", SitePlan.Network.EdgeMtu);
                    string address = await ClaimAsync(stranger, balancer.Vips, cancellationToken);
                    context.Say($"somebody at {address} has {string.Join(" and ", balancer.Vips)} too");
                    await findings.ExpectBalancerAsync(_site, Balancer, "AddressesUncontested", "False", "AddressContested", cancellationToken);
                    if (!findings.Found.Any(found => found.Message!.Contains(address, StringComparison.OrdinalIgnoreCase)))
                    {
                        findings.Miss($"the condition does not name {address}");
                    }
                },
                TimeSpan.FromSeconds(5),
                cancellationToken);
            context.Judge(figures, new StepRules
            {
                Name = "duplicate address",
                Done = $"a machine of the segment takes the addresses of {Balancer}, announces and answers for them",
                Goal = $"named; others: nothing lost; its own open within {OwnGoal.TotalSeconds} s",
                IsAffected = flow => flow.Balancer.Name == Balancer,
                MaxLoss = OwnGoal,
                MayEnd = true,
                MaxFailing = OwnGoal,
                Findings = findings,
            });
        }
        finally
        {
            stranger?.Dispose();
        }

        context.Say("it is taken away");
        await context.RepairLoadAsync(cancellationToken);
    }

    /// <summary>Starts it: it claims what it has, and its kernel answers for it.</summary>
    /// <returns>Its MAC address.</returns>
    private async Task<string> ClaimAsync(SiteGuest stranger, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        using RtNetlink netlink = RtNetlink.Open(stranger.Namespace);
        LinkInfo link = netlink.GetLink("eth0");
        netlink.SetLink(link.Index, new LinkSettings { IsUp = true });
        foreach (IPAddress address in addresses)
        {
            netlink.AddAddress(link.Index, address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        }

        netlink.AddRoute(new RouteSettings(IPNetwork.Parse("0.0.0.0/0"), link.Index) { Gateway = _site.Lab.Client.Ipv4, IsOnLink = true });
        netlink.AddRoute(new RouteSettings(IPNetwork.Parse("::/0"), link.Index) { Gateway = _site.Lab.Client.Ipv6, IsOnLink = true });
        await _site.Objects.WaitAsync(
            "the stranger's link to be up",
            () => Task.FromResult((netlink.GetLink("eth0").OperationalState == OperationalState.Up, "it is not")),
            cancellationToken);
        using PacketSocket socket = PacketSocket.Open(link.Index, stranger.Namespace, receive: true);
        await WaitForSwitchAsync(socket, link.Address, cancellationToken);
        foreach (IPAddress address in addresses)
        {
            socket.Send(address.AddressFamily == AddressFamily.InterNetwork
                ? GratuitousArp.BuildAnnouncement(link.Address, address)
                : UnsolicitedNeighbourAdvertisement.Build(link.Address, address));
        }

        return link.Address.ToString();
    }

    /// <summary>The switch's port forwards some time after it is up; a claim before that is heard by nobody.</summary>
    private async Task WaitForSwitchAsync(PacketSocket socket, MacAddress own, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[256];
        Task<int> heard = socket.ReceiveAsync(buffer, cancellationToken).AsTask();
        while (true)
        {
            socket.Send(AddressProbe.Build(own, _site.Lab.Client.Ipv4));
            while (await Task.WhenAny(heard, Task.Delay(TimeSpan.FromMilliseconds(50), context.Time, cancellationToken)) == heard)
            {
                if (AddressClaim.TryParse(buffer.AsSpan(0, await heard), out AddressClaim claim) && claim.Address.Equals(_site.Lab.Client.Ipv4))
                {
                    return;
                }

                heard = socket.ReceiveAsync(buffer, cancellationToken).AsTask();
            }
        }
    }
}
