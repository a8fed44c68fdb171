using Lodestone.BenchKit;

namespace Lodestone.ControllerBench.Report;

/// <summary>Work and latency of one change over the number of load balancers.</summary>
internal static class Charts
{
    public static void Draw(BenchResult result, string directory)
    {
        LogChart.Draw(
            Path.Combine(directory, "change-work.svg"),
            "One NIC changes its label: work in a network of so many load balancers",
            "load balancers",
            "per change",
            [
                ("reconciles", Points(result, w => w.ReconcilesPerChange)),
                ("µs in reconciles, requests included", Points(result, w => w.ReconcileMicrosecondsPerChange)),
                ("µs of processor time, client included", Points(result, w => w.CpuMicrosecondsPerChange)),
            ]);
        LogChart.Draw(
            Path.Combine(directory, "change-latency.svg"),
            "One NIC changes its label: until the routing says so, 50 changes/s",
            "load balancers",
            "ms",
            [("p50", Points(result, w => w.Latency.P50)), ("p99", Points(result, w => w.Latency.P99))]);
    }

    private static IEnumerable<(double X, double Y)> Points(BenchResult result, Func<WorkBySize, double> value) => result.Proportion.Select(w => ((double)w.LoadBalancers, value(w)));
}
