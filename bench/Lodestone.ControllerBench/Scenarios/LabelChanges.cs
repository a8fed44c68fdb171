using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Http;
using Lodestone.ControllerBench.Measure;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>Takes network interfaces out of their load balancers by label, at a steady rate, and waits for each routing to say so.</summary>
internal sealed class LabelChanges(ApiClient client, BenchScale scale)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<(string Routing, string Name), Pending> _pending = new();

    /// <summary>An open loop: a change that takes long keeps no other from being due.</summary>
    /// <param name="perSecond">Changes a second.</param>
    /// <param name="count">Changes in all.</param>
    /// <param name="first">Number of the first load balancer whose interface is changed; each change is of another one.</param>
    /// <param name="among">How many load balancers there are.</param>
    public async Task<Quantiles> RunAsync(double perSecond, int count, int first, int among)
    {
        using var stop = new CancellationTokenSource();
        string version = (await client.ListPageAsync<LoadBalancerRouting>(new ListOptions { Namespace = WorldFiller.Namespace, Limit = 1 })).Metadata.ResourceVersion!;
        Task watch = WatchAsync(version, stop.Token);
        var latencies = new ConcurrentBag<double>();
        var changes = new List<Task>();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            TimeSpan due = TimeSpan.FromSeconds(i / perSecond) - Stopwatch.GetElapsedTime(started);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due);
            }

            changes.Add(ChangeAsync((first + i) % among, i / among, latencies));
        }

        await Task.WhenAll(changes);
        await stop.CancelAsync();
        await watch;
        return Quantiles.Of(latencies);
    }

    private async Task ChangeAsync(int loadBalancer, int round, ConcurrentBag<double> latencies)
    {
        string routing = WorldFiller.NameOfLoadBalancer(loadBalancer);
        string name = WorldFiller.NameOfInterface((loadBalancer * scale.InterfacesPerLoadBalancer) + (round % scale.InterfacesPerLoadBalancer));
        var pending = new Pending(Stopwatch.GetTimestamp(), new TaskCompletionSource<double>(TaskCreationOptions.RunContinuationsAsynchronously));
        _pending[(routing, name)] = pending;
        await client.PatchAsync<NetworkInterface>(
            new ObjectKey(WorldFiller.Namespace, name), PatchType.Merge, Label("away"));
        latencies.Add(await pending.Seen.Task.WaitAsync(Patience));

        // Back again, for the next rate; that is not measured.
        await client.PatchAsync<NetworkInterface>(
            new ObjectKey(WorldFiller.Namespace, name), PatchType.Merge, Label(routing));
    }

    private static byte[] Label(string app) => Encoding.UTF8.GetBytes($$$$"""{"metadata":{"labels":{"app":"{{{{app}}}}"}}}""");

    private async Task WatchAsync(string version, CancellationToken cancellationToken)
    {
        try
        {
            var options = new WatchOptions { Namespace = WorldFiller.Namespace, ResourceVersion = version };
            await foreach (WatchEvent<LoadBalancerRouting> watchEvent in client.WatchAsync<LoadBalancerRouting>(options, cancellationToken))
            {
                if (watchEvent.Item is { Destinations: not null } routing)
                {
                    See(routing, Stopwatch.GetTimestamp());
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // All changes have been seen.
        }
    }

    private void See(LoadBalancerRouting routing, long now)
    {
        string name = routing.Metadata.Name ?? "";
        foreach (LoadBalancerDraining draining in routing.Draining ?? [])
        {
            if (_pending.TryRemove((name, draining.Name ?? ""), out Pending? pending))
            {
                pending.Seen.TrySetResult(Stopwatch.GetElapsedTime(pending.Started, now).TotalMilliseconds);
            }
        }
    }

    private sealed record Pending(long Started, TaskCompletionSource<double> Seen);
}
