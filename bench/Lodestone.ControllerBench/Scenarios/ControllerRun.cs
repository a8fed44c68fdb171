using System.Diagnostics;
using Lodestone.Api.Networking;
using Lodestone.BenchKit;
using Lodestone.Client.Http;
using Lodestone.ControllerBench.Measure;
using Lodestone.ControllerBench.Report;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>The large world: start, start again, rest, changes.</summary>
internal sealed class ControllerRun(ApiClient client, int? serverPid, BenchScale scale, WorkMeter meter, Action<string> say)
{
    private readonly LabelChanges _changes = new(client, scale);

    public async Task FillAsync()
    {
        var filler = new WorldFiller(client, scale);
        long started = Stopwatch.GetTimestamp();
        await filler.AddNetworksAsync();
        await filler.AddInterfacesAsync(0, scale.Interfaces);
        await filler.AddLoadBalancersAsync(0, scale.LoadBalancers);
        say($"filled in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
    }

    public async Task<BenchResult> RunAsync(BenchResult result)
    {
        Phase first, restart;
        await using (var controllers = new RunningControllers(client, scale, meter))
        {
            first = await SettleAsync(controllers);
        }

        await CheckAsync();
        await using var running = new RunningControllers(client, scale, meter);
        restart = await SettleAsync(running);
        Memory memory = ReadMemory();
        RestPhase rest = await RestAsync();
        result = result with { FirstStart = first, Restart = restart, Rest = rest, Memory = memory };
        int done = 0;
        foreach (double rate in (double[])[1, 100])
        {
            int count = (int)(rate * scale.Changes.TotalSeconds);
            WorkCount before = meter.Read();
            Quantiles latency = await _changes.RunAsync(rate, count, done, scale.LoadBalancers);
            await running.SettledAsync();
            WorkCount work = meter.Read() - before;
            done += count;

            // Each change was undone too, and both were written by this process.
            result.Changes.Add(new RatePhase(rate, latency, work.Reconciles / (2.0 * count), (work.Writes / (2.0 * count)) - 1));
            say($"{rate} changes/s: {latency}");
        }

        return result;
    }

    private async Task<Phase> SettleAsync(RunningControllers controllers)
    {
        WorkCount before = meter.Read();
        double seconds = await controllers.SettledAsync();
        WorkCount work = meter.Read() - before;
        say($"settled in {seconds:F1} s: {work}");
        return new Phase(controllers.SyncSeconds, seconds, work.Reconciles, work.Reconciles / seconds, work.Writes, work.Writes / seconds, work.Errors);
    }

    /// <summary>A world that came to rest in the wrong state would be a wrong figure.</summary>
    private async Task CheckAsync()
    {
        List<LoadBalancer> all = await client.ListAsync<LoadBalancer>(new ListOptions());
        int ready = all.Count(l => l.Status is { Ips.Count: 1 } s && s.Targets == scale.InterfacesPerLoadBalancer);
        if (ready != scale.LoadBalancers)
        {
            throw new InvalidOperationException($"the controllers came to rest with {ready} of {scale.LoadBalancers} load balancers as they should be");
        }
    }

    private Memory ReadMemory()
    {
        GC.Collect();
        double heap = GC.GetTotalMemory(forceFullCollection: true) / 1e6;
        return new Memory(
            ProcessUsage.ResidentBytes([Environment.ProcessId]) / 1e6, heap, serverPid is { } pid ? ProcessUsage.ResidentBytes([pid]) / 1e6 : 0);
    }

    private async Task<RestPhase> RestAsync()
    {
        WorkCount before = meter.Read();
        double controllers = ProcessUsage.CpuSeconds([Environment.ProcessId]);
        double server = serverPid is { } pid ? ProcessUsage.CpuSeconds([pid]) : 0;
        await Task.Delay(scale.Rest);
        WorkCount work = meter.Read() - before;
        double seconds = scale.Rest.TotalSeconds;
        var rest = new RestPhase(
            seconds,
            (ProcessUsage.CpuSeconds([Environment.ProcessId]) - controllers) * 100 / seconds,
            serverPid is { } id ? (ProcessUsage.CpuSeconds([id]) - server) * 100 / seconds : 0,
            work.Reconciles,
            work.Lists,
            work.Writes);
        say($"rest: {rest}");
        return rest;
    }
}
