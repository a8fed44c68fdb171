using System.Net;

using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Lab.Scenarios.ContainFaults;

/// <summary>Between a gateway and a hypervisor there is a router all at once, behind which less fits than everywhere else.</summary>
internal sealed class NarrowPath(ScenarioContext context)
{
    private const int NarrowMtu = 1400;

    // The agent looks every second whether routers said something; TCP sends again after 200 ms, 400 ms, 800 ms and so on.
    private static readonly TimeSpan StreamGoal = TimeSpan.FromSeconds(5);

    // Agents look up routes again every five seconds.
    private static readonly TimeSpan RouteTime = TimeSpan.FromSeconds(8);

    private static readonly IPAddress HopAddress = IPAddress.Parse("2001:db8:0:2::fe");

    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        LabHost gateway = _site.Gateways[2];
        LabHost hypervisor = _site.Hypervisors[0];
        HashSet<string> targets = [.. context.Machines.WorkloadsOf(hypervisor).Select(workload => workload.Name)];
        HashSet<FlowPath> its = await context.ListenAsync(gateway, cancellationToken);
        var findings = new Findings();
        using SiteGuest hop = BuildHop(hypervisor);
        var route = new RouteSettings(new IPNetwork(hypervisor.Ipv6, 128), gateway.DeviceIndex) { Gateway = HopAddress };
        using RtNetlink atGateway = RtNetlink.Open(gateway.Namespace);
        try
        {
            IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
                async () =>
                {
                    context.Say($"{gateway.Name} reaches {hypervisor.Name} through a router, behind which {NarrowMtu} bytes fit");
                    atGateway.AddRoute(route);
                    await findings.ExpectHostAsync(_site, gateway.Name, "PathMtuSufficient", "False", "PathTooNarrow", cancellationToken);
                },
                TimeSpan.FromSeconds(6),
                cancellationToken);
            bool IsIts(FlowFigures flow) => flow.Path is { } path && its.Contains(path) && targets.Contains(flow.Target!);
            foreach (FlowFigures late in figures.Where(flow => IsIts(flow) && flow.Gap > StreamGoal))
            {
                findings.Miss($"{LoadKinds.NameOf(late.Kind)} to {late.Balancer.Name} ({late.Target}) stood still for {late.Gap.TotalSeconds:F1} s, more than {StreamGoal.TotalSeconds} s");
            }

            context.Judge(figures, new StepRules
            {
                Name = "narrow path",
                Done = $"a router with an MTU of {NarrowMtu} stands between {gateway.Name} and {hypervisor.Name}",
                Goal = $"named; its streams go on within {StreamGoal.TotalSeconds} s, nothing else lost",
                IsAffected = IsIts,
                Findings = findings,
            });
        }
        finally
        {
            atGateway.DeleteRoute(route);
        }

        IReadOnlyList<FlowFigures> back = await context.WatchAsync(
            async () =>
            {
                context.Say("the router is taken away");
                await Task.Delay(RouteTime, context.Time, cancellationToken);
            },
            TimeSpan.FromSeconds(3),
            cancellationToken);
        context.Judge(back, new StepRules { Name = "path as before", Done = "the router is taken away", Goal = "nothing lost, resets 0" });
        await context.RepairLoadAsync(cancellationToken);
    }

    /// <summary>A router with a leg at the segment, and another one, narrow, for what goes on to the hypervisor.</summary>
    private SiteGuest BuildHop(LabHost hypervisor)
    {
        SiteGuest hop = SiteGuest.PlugIn(_site, "hop", _site.Lab.Options.SegmentMtu, NarrowMtu);
        hop.Namespace.SetVariable("net/ipv6/conf/all/forwarding", "1");
        using RtNetlink netlink = RtNetlink.Open(hop.Namespace);
        int wide = netlink.GetLink("eth0").Index;
        int narrow = netlink.GetLink("eth1").Index;
        netlink.SetLink(wide, new LinkSettings { IsUp = true });
        netlink.SetLink(narrow, new LinkSettings { IsUp = true });
        netlink.AddAddress(wide, HopAddress, 64);
        netlink.AddRoute(new RouteSettings(new IPNetwork(hypervisor.Ipv6, 128), narrow));
        netlink.AddRoute(new RouteSettings(hypervisor.UnderlayPrefix, narrow) { Gateway = hypervisor.Ipv6 });
        return hop;
    }
}
