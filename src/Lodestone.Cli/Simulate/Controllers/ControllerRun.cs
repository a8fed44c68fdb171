using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;
using Lodestone.Controllers;
using Lodestone.Controllers.Addresses;
using Lodestone.Controllers.Routing;
using Microsoft.Extensions.Logging.Abstractions;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Cli.Simulate.Controllers;

/// <summary>The controllers' caches and indexes, as a process that stands by fills them, and what they decide by them. Nothing is written.</summary>
internal sealed class ControllerRun(SiteObjects site, int seed, Action<string> say)
{
    private const int Samples = 200;

    private static readonly Dictionary<string, LoadBalancerRoutingSlice> NoSlices = [];

    private readonly SimulatedTime _time = new();

    public async Task<ControllerResult> RunAsync(CancellationToken cancellationToken)
    {
        double address = TakeAddresses();
        long heap = await Stopwatches.HeapAsync();
        var api = new SiteApi(site);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var client = new ApiClient(api, new Uri("http://localhost"), timeProvider: _time);
        var events = new EventRecorder(client, "lodestone-controller", "", NullLogger.Instance, _time);
        using var set = new ControllerSet(client, client, new ControllerOptions(), events, NullLoggerFactory.Instance, hasServices: false, _time);
        long start = TimeProvider.System.GetTimestamp();
        Task running = Task.Run(() => set.RunAsync(new LeaderTerm("simulated", _time), stop.Token), CancellationToken.None);
        await Waiting.UntilAsync(() => set.Informers.All(informer => informer.HasSynced), set.Informers, cancellationToken);
        double ms = Stopwatches.Round(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        ListedKind[] listed = [.. api.TakeListed().Values];
        var cache = new CacheResult(listed.Sum(kind => kind.Objects), listed.Sum(kind => kind.Bytes), await Stopwatches.HeapAsync() - heap, ms);
        say($"controllers: {cache.Objects:N0} objects, {cache.HeapBytes / 1e6:N0} MB, filled in {cache.FillMs / 1000:N1} s");

        ControllerResult result = await DecideAsync(set, api, cache, address, cancellationToken);
        say($"  a routing decided in {result.UnchangedUs:N0} us as it is, in {result.ChangedUs:N0} us anew; {result.HostDied:N0} of a dead host in {result.HostDiedMs:N0} ms; an address in {address:N2} us");
        await stop.CancelAsync();
        await running;
        return result;
    }

    private async Task<ControllerResult> DecideAsync(ControllerSet set, SiteApi api, CacheResult cache, double address, CancellationToken cancellationToken)
    {
        var changes = new SiteChanges(site, lb => set.Routings.TryGet(lb.Key, out LoadBalancerRouting? routing) ? routing : null, _time);
        ObjectKey[] sample = [.. Enumerable.Range(0, Samples).Select(i => site.LoadBalancer((int)((long)i * site.Scale.LoadBalancers / Samples)).Key)];
        double unchanged = Stopwatches.MedianUs(Samples, i =>
        {
            if (Decide(set, sample[i]))
            {
                throw new InvalidOperationException($"the routing of {sample[i]} would be written although nothing has changed");
            }
        });

        var took = new List<double>();
        for (int i = 0; i < Samples; i++)
        {
            NetworkInterface nic = changes.Relabelled();
            NetworkInterface before = set.Interfaces.TryGet(nic.Key, out NetworkInterface? known) ? known : nic;
            await TellAsync(set, api, [nic], cancellationToken);
            int decided = 0;
            took.Add(1000 * Stopwatches.Ms(() => decided = set.Targets.LoadBalancersOf(before).Union(set.Targets.LoadBalancersOf(nic)).Count(key => Decide(set, key))));
            if (decided == 0 && i < site.Scale.LoadBalancers)
            {
                throw new InvalidOperationException($"no routing changes although {nic.Key} is no longer selected");
            }
        }

        KubernetesObject[] told = [.. changes.HostDies(site.Scale.Gateways).Where(item => item is NetworkInterface)];
        await TellAsync(set, api, told, cancellationToken);
        int changed = 0;
        double died = Stopwatches.Ms(() => changed = told.OfType<NetworkInterface>().SelectMany(set.Targets.LoadBalancersOf).Distinct().Count(key => Decide(set, key)));
        return new ControllerResult(cache, unchanged, Stopwatches.Median([.. took]), changed, died, address);
    }

    /// <summary>Decides a routing as its controller does; true where it would be written.</summary>
    private static bool Decide(ControllerSet set, ObjectKey key)
    {
        if (!set.LoadBalancers.TryGet(key, out LoadBalancer? lb)
            || !set.Networks.TryGet(new ObjectKey(key.Namespace, lb.Spec.NetworkRef!.Name), out Network? network)
            || !set.Routings.TryGet(key, out LoadBalancerRouting? routing))
        {
            throw new InvalidOperationException($"load balancer {key} is not in the caches");
        }

        RoutingPlan plan = set.Decision.Plan(lb, network, routing);
        return !routing.Says(set.Decision.Lay(plan, routing, NoSlices), plan);
    }

    private static async Task TellAsync(ControllerSet set, SiteApi api, KubernetesObject[] nics, CancellationToken cancellationToken)
    {
        Array.ForEach(nics, api.Push);
        foreach (KubernetesObject nic in nics)
        {
            await Waiting.UntilAsync(
                () => set.Interfaces.TryGet(nic.Key, out NetworkInterface? known) && SiteChanges.VersionOf(known) >= SiteChanges.VersionOf(nic), set.Informers, cancellationToken);
        }
    }

    /// <summary>Gives every load balancer an address, and learns of it from the cache; microseconds of each.</summary>
    private double TakeAddresses()
    {
        var index = new AddressIndex(_time);
        AddressRangeSet pool = PoolAddresses.Of(site.Pool(0));
        var random = new Random(seed);
        double ms = Stopwatches.Ms(() =>
        {
            for (int i = 0; i < site.Scale.LoadBalancers; i++)
            {
                if (!index.TryTake(pool, "IPv4", (ulong)random.NextInt64(), "claimer", out IPAddress? address))
                {
                    throw new InvalidOperationException("the pool is full too early");
                }

                string ip = address.ToString();
                index.Observe(null, new Api.Platform.IPAddress
                {
                    Metadata = new ObjectMeta { Name = ip, Uid = ip },
                    Spec = new IPAddressSpec { Ip = ip, PoolRef = new LocalObjectReference { Name = "public" } },
                });
            }
        });
        return Stopwatches.Round(1000 * ms / site.Scale.LoadBalancers);
    }
}
