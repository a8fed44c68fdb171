using System.Diagnostics;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.BenchKit;
using Lodestone.Client.Http;
using Lodestone.ControllerBench.Measure;
using Lodestone.ControllerBench.Report;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>One load balancer with very many targets: until its routing is there, whole, and what one change of a target costs.</summary>
internal sealed class LargeRoutingRun(ApiClient client, string server, int targets, BenchScale scale, WorkMeter meter, Action<string> say)
{
    private const int Changes = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public async Task<LargeRouting> RunAsync()
    {
        BenchScale one = scale with { LoadBalancers = 1, Networks = 1, InterfacesPerLoadBalancer = targets };
        var filler = new WorldFiller(client, one);
        await filler.AddNetworksAsync();
        await filler.AddInterfacesAsync(0, targets);
        await using var controllers = new RunningControllers(client, one, meter);
        await controllers.SettledAsync();
        string version = (await client.ListPageAsync<LoadBalancerRouting>(new ListOptions { Namespace = WorldFiller.Namespace })).Metadata.ResourceVersion!;
        long started = Stopwatch.GetTimestamp();
        await filler.AddLoadBalancersAsync(0, 1);
        using var stop = new CancellationTokenSource(Patience);
        await using IAsyncEnumerator<WatchEvent<LoadBalancerRouting>> watch = client
            .WatchAsync<LoadBalancerRouting>(new WatchOptions { Namespace = WorldFiller.Namespace, ResourceVersion = version }, stop.Token)
            .GetAsyncEnumerator(stop.Token);
        await UntilAsync(watch, r => CountOf(r) == targets);
        double first = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await CheckAsync(targets);

        var latencies = new List<double>();
        WorkCount before = meter.Read();
        double cpu = ProcessUsage.CpuSeconds([Environment.ProcessId]);
        for (int i = 0; i < Changes; i++)
        {
            int left = targets - i - 1;
            NetworkInterface nic = await client.GetAsync<NetworkInterface>(new ObjectKey(WorldFiller.Namespace, WorldFiller.NameOfInterface(i * 7)));
            started = Stopwatch.GetTimestamp();
            await client.UpdateAsync(nic, n => n.Metadata.Labels!["app"] = "away");
            await UntilAsync(watch, r => CountOf(r) == left);
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        cpu = ProcessUsage.CpuSeconds([Environment.ProcessId]) - cpu;
        int slices = await CheckAsync(targets - Changes);
        WorkCount work = meter.Read() - before;
        var result = new LargeRouting(server, targets, slices, first, Quantiles.Of(latencies), (work.Writes / (double)Changes) - 1, work.Reconciles / (double)Changes, cpu * 1000 / Changes);
        say($"{result}");
        return result;
    }

    private static long CountOf(LoadBalancerRouting routing) => routing.Total ?? routing.Destinations?.Count ?? 0;

    private static async Task UntilAsync(IAsyncEnumerator<WatchEvent<LoadBalancerRouting>> watch, Func<LoadBalancerRouting, bool> expected)
    {
        while (await watch.MoveNextAsync())
        {
            if (watch.Current.Item is { } routing && expected(routing))
            {
                return;
            }
        }

        throw new InvalidOperationException("the watch ended before the routing was as expected");
    }

    /// <summary>A routing that can't be put together, or holds other targets, would be a wrong figure. Says how many slices there are.</summary>
    private async Task<int> CheckAsync(int expected)
    {
        LoadBalancerRouting routing = await client.GetAsync<LoadBalancerRouting>(new ObjectKey(WorldFiller.Namespace, WorldFiller.NameOfLoadBalancer(0)));
        Dictionary<string, LoadBalancerRoutingSlice> slices = (await client.ListAsync<LoadBalancerRoutingSlice>(new ListOptions())).ToDictionary(s => s.Metadata.Name!);
        if (!RoutingAssembly.TryAssemble(routing, slices.GetValueOrDefault, out LoadBalancerRouting whole, out string missing)
            || whole.Destinations!.Select(d => d.Uid).Distinct().Count() != expected)
        {
            throw new InvalidOperationException($"the routing is not {expected} targets: {missing}");
        }

        return routing.Slices?.Count ?? 0;
    }
}
