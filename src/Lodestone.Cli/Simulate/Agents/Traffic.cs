using Lodestone.Api.Meta;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;

namespace Lodestone.Cli.Simulate.Agents;

/// <summary>What watches carry on account of a change: the bytes of the events of all writes that follow from it.</summary>
/// <remarks>
/// Which writes follow is told here as controllers and agents make them at the least; what an event weighs is told by the objects. All agents watch
/// all kinds but leases, whole, so each of these writes is sent to each agent.
/// </remarks>
internal sealed class Traffic(SiteObjects site)
{
    private const int Controllers = 2;

    /// <summary>A lease of two seconds is renewed four times in that.</summary>
    private const double RenewalsPerSecond = 2;

    private readonly SiteChanges _changes = new(site, lb => null, new SimulatedTime());

    public IEnumerable<WatchTraffic> All()
    {
        SimulationScale scale = site.Scale;
        int balancer = SiteApi.EventBytes(_changes.LoadBalancer());
        int gatewayHost = SiteApi.EventBytes(site.Host(0));

        // Each gateway says in the status that it has the new ring, the controller counts targets, and a while later each gateway has another fingerprint.
        int entries = scale.Gateways + 1;
        IReadOnlyList<KubernetesObject> target = _changes.Target();
        yield return Written("one interface's status", 1, SiteApi.EventBytes(_changes.Interface()));
        yield return Written(
            "one target leaves",
            target.Count + entries + scale.Gateways,
            target.Sum(SiteApi.EventBytes) + ((double)entries * balancer) + ((double)scale.Gateways * gatewayHost));
        yield return Written("one load balancer's status", 1, balancer);

        IReadOnlyList<KubernetesObject> dies = _changes.HostDies(scale.Gateways);
        int balancers = dies.Count(item => item is Api.Networking.LoadBalancerRouting);
        yield return Written(
            "a hypervisor dies",
            dies.Count + ((double)balancers * entries) + scale.Gateways,
            dies.Sum(item => (double)SiteApi.EventBytes(item)) + ((double)balancers * entries * balancer) + ((double)scale.Gateways * gatewayHost));

        double gateways = scale.Gateways * RenewalsPerSecond * SiteApi.EventBytes(site.Lease(0));
        double hypervisors = scale.Hypervisors * RenewalsPerSecond * SiteApi.EventBytes(site.Lease(scale.Gateways));
        yield return new WatchTraffic(
            "a second of heartbeats", scale.Hosts * RenewalsPerSecond, gateways, 0, gateways + hypervisors, (scale.Gateways * gateways) + (Controllers * (gateways + hypervisors)));
    }

    /// <summary>What everybody watches.</summary>
    private WatchTraffic Written(string cause, double writes, double bytes) =>
        new(cause, writes, bytes, bytes, bytes, bytes * (site.Scale.Hosts + Controllers));
}
