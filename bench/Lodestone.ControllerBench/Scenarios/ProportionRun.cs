using Lodestone.BenchKit;
using Lodestone.Client.Http;
using Lodestone.ControllerBench.Measure;
using Lodestone.ControllerBench.Report;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>One network that gets more and more load balancers: what does a change of one network interface cost? All share a label; each asks for one of its own.</summary>
internal sealed class ProportionRun(ApiClient client, BenchScale scale, WorkMeter meter, Action<string> say)
{
    private const int Changed = 100;
    private const double PerSecond = 50;
    private static readonly int[] Sizes = [100, 300, 1000, 3000, 10_000];

    public async Task<List<WorkBySize>> RunAsync()
    {
        BenchScale one = scale with { Networks = 1, InterfacesPerLoadBalancer = 2 };
        var filler = new WorldFiller(client, one);
        await filler.AddNetworksAsync();
        await filler.AddInterfacesAsync(0, Changed * one.InterfacesPerLoadBalancer);
        await using var controllers = new RunningControllers(client, one, meter);
        var changes = new LabelChanges(client, one);
        var result = new List<WorkBySize>();
        int present = 0;
        foreach (int size in Sizes.Where(s => s <= Math.Max(scale.LoadBalancers, Sizes[0])))
        {
            await filler.AddLoadBalancersAsync(present, size - present);
            present = size;
            await controllers.SettledAsync();
            WorkCount before = meter.Read();
            double cpu = ProcessUsage.CpuSeconds([Environment.ProcessId]);
            Quantiles latency = await changes.RunAsync(PerSecond, Changed * one.InterfacesPerLoadBalancer, 0, Changed);
            cpu = ProcessUsage.CpuSeconds([Environment.ProcessId]) - cpu;
            await controllers.SettledAsync();
            WorkCount work = meter.Read() - before;
            double count = 2.0 * Changed * one.InterfacesPerLoadBalancer;
            result.Add(new WorkBySize(size, work.Reconciles / count, work.ReconcileMicroseconds / count, cpu * 1e6 / count, latency));
            say($"{result[^1]}");
        }

        return result;
    }
}
