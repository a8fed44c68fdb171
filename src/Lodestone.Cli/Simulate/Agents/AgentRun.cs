using Lodestone.Agent.Apply;
using Lodestone.Api.Meta;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Cli.Simulate.Agents;

/// <summary>What a gateway, then a hypervisor, needs for a site, and what changes cost it.</summary>
internal sealed class AgentRun(SiteObjects site, Action<string> say)
{
    private const int Repeats = 5;
    private const int MostAtOnce = 100;
    private const string ManyLeave = "a hundred targets leave";
    private const int SpareReals = 1024;

    private readonly SimulatedTime _time = new();

    /// <summary>Targets that leave at once, each its own load balancer.</summary>
    private readonly int _many = Math.Min(MostAtOnce, site.Scale.LoadBalancers);

    public async Task<(CacheResult Cache, IReadOnlyList<KindResult> Kinds, PlanResult Gateway, PlanResult Hypervisor)> RunAsync(CancellationToken cancellationToken)
    {
        await using var caches = new AgentCaches(site, _time);
        (CacheResult cache, IReadOnlyList<KindResult> kinds) = await caches.FillAsync(cancellationToken);
        say($"an agent's caches: {cache.Objects:N0} objects, {cache.HeapBytes / 1e6:N0} MB, filled in {cache.FillMs / 1000:N1} s");
        var changes = new SiteChanges(site, caches.RoutingOf, _time);
        PlanResult gateway = await RunGatewayAsync(caches, changes, cancellationToken);
        return (cache, kinds, gateway, await RunHypervisorAsync(caches, changes, cancellationToken));
    }

    /// <summary>Maps that are just large enough for a gateway.</summary>
    public static DatapathCapacities CapacitiesOf(SimulationScale scale)
    {
        int targets = (scale.Interfaces + scale.LoadBalancers - 1) / scale.LoadBalancers;
        return new DatapathCapacities
        {
            VipSlots = VipTable.SlotsFor(scale.LoadBalancers),
            RingSlots = (int)Math.Min((long)(scale.LoadBalancers + 1) << MaglevRing.SizeLog2(targets), Array.MaxLength),
            Reals = Math.Min(scale.Interfaces + SpareReals, FlowBucket.MaxReals),
        };
    }

    private async Task<PlanResult> RunGatewayAsync(AgentCaches caches, SiteChanges changes, CancellationToken cancellationToken)
    {
        var machine = new SimulatedMachine(site, 0, caches, CapacitiesOf(site.Scale), _time);
        PlanResult first = await BeginAsync("gateway", machine);
        List<ChangeResult> results =
        [
            await RepeatAsync("one routing", () => [changes.Routing()]),
            await RepeatAsync("one interface's status", () => [changes.Interface()]),
            await RepeatAsync("one load balancer's status", () => [changes.LoadBalancer()]),
            await RepeatAsync("one host's status", () => [changes.Host()]),
            await FollowAsync(ManyLeave, [.. Enumerable.Range(0, _many).SelectMany(_ => changes.Target())]),
            await FollowAsync("a hypervisor dies", changes.HostDies(site.Scale.Gateways)),
        ];
        machine.Lose(SiteObjects.HostName(1));
        results.Add(await FollowAsync("another gateway dies", []));
        return first with { Changes = results };

        Task<ChangeResult> FollowAsync(string change, IReadOnlyList<KubernetesObject> items) => FollowOnAsync(caches, machine, change, items, cancellationToken);
        Task<ChangeResult> RepeatAsync(string change, Func<IReadOnlyList<KubernetesObject>> make) => RepeatOnAsync(caches, machine, change, make, cancellationToken);
    }

    private async Task<PlanResult> RunHypervisorAsync(AgentCaches caches, SiteChanges changes, CancellationToken cancellationToken)
    {
        // The maps of a hypervisor are hash maps: what they hold is what they take.
        var machine = new SimulatedMachine(site, site.Scale.Gateways, caches, new DatapathCapacities { Routes = int.MaxValue, NicSources = int.MaxValue }, _time);
        PlanResult first = await BeginAsync("hypervisor", machine);
        ChangeResult[] results =
        [
            await RepeatOnAsync(caches, machine, "one routing", () => [changes.Routing()], cancellationToken),
            await RepeatOnAsync(caches, machine, "one interface's status", () => [changes.Interface()], cancellationToken),
            await RepeatOnAsync(caches, machine, "one load balancer's status", () => [changes.LoadBalancer()], cancellationToken),
            await FollowOnAsync(caches, machine, ManyLeave, [.. Enumerable.Range(0, _many).SelectMany(_ => changes.Target())], cancellationToken),
        ];
        return first with { Changes = results };
    }

    private async Task<PlanResult> BeginAsync(string role, SimulatedMachine machine)
    {
        PlanResult first = await machine.BeginAsync();
        say($"{role}: planned in {first.FirstPlanMs / 1000:N2} s, applied in {first.FirstApplyMs / 1000:N2} s, {first.StateBytes / 1e6:N0} MB");
        return first;
    }

    private async Task<ChangeResult> FollowOnAsync(
        AgentCaches caches, SimulatedMachine machine, string change, IReadOnlyList<KubernetesObject> items, CancellationToken cancellationToken)
    {
        await caches.TellAsync(items, cancellationToken);
        ChangeResult result = machine.Follow(change, items.Count);
        say($"  {change}: planned in {result.PlanMs:N1} ms, applied in {result.ApplyMs:N1} ms, looked at for statuses in {result.ReportMs:N1} ms");
        return result;
    }

    private async Task<ChangeResult> RepeatOnAsync(
        AgentCaches caches, SimulatedMachine machine, string change, Func<IReadOnlyList<KubernetesObject>> make, CancellationToken cancellationToken)
    {
        var results = new List<ChangeResult>();
        for (int i = 0; i < Repeats; i++)
        {
            results.Add(await FollowOnAsync(caches, machine, change, make(), cancellationToken));
        }

        return results[^1] with
        {
            PlanMs = Stopwatches.Median([.. results.Select(result => result.PlanMs)]),
            ApplyMs = Stopwatches.Median([.. results.Select(result => result.ApplyMs)]),
            ReportMs = Stopwatches.Median([.. results.Select(result => result.ReportMs)]),
        };
    }
}
