using System.Globalization;
using System.Text;

namespace Lodestone.ControllerBench.Report;

/// <summary>The same figures as Markdown.</summary>
internal static class Tables
{
    public static string Markdown(BenchResult r)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{r.Date}, {r.Machine}; {r.Setup}; {r.LoadBalancers:N0} load balancers, {r.Interfaces:N0} network interfaces, {r.Networks:N0} networks\n\n");
        Row(text, "", "");
        Row(text, "---", "---");
        Start(text, "first start", r.FirstStart);
        Start(text, "start, nothing to do", r.Restart);
        Row(text, $"at rest, {Number(r.Rest.Seconds)} s: CPU of controllers / server, % of a core", $"{Number(r.Rest.ControllerCpuPercent)} / {Number(r.Rest.ServerCpuPercent)}");
        Row(text, "at rest: reconciles / lists / writes", $"{Number(r.Rest.Reconciles)} / {Number(r.Rest.Lists)} / {Number(r.Rest.Writes)}");
        Row(text, "memory of controllers (heap in use) / server, MB", $"{Number(r.Memory.ControllerMegabytes)} ({Number(r.Memory.ControllerHeapMegabytes)}) / {Number(r.Memory.ServerMegabytes)}");
        foreach (RatePhase rate in r.Changes)
        {
            Row(text, $"NIC label to routing, {Number(rate.PerSecond)} changes/s: p50 / p99 / max ms", $"{Number(rate.Latency.P50)} / {Number(rate.Latency.P99)} / {Number(rate.Latency.Max)}");
            Row(text, $"{Number(rate.PerSecond)} changes/s: reconciles / writes per change", $"{Number(rate.ReconcilesPerChange)} / {Number(rate.WritesPerChange)}");
        }

        foreach (WorkBySize size in r.Proportion)
        {
            Row(
                text,
                $"{Number(size.LoadBalancers)} load balancers in one network: per change reconciles / µs in them / µs of CPU",
                $"{Number(size.ReconcilesPerChange)} / {Number(size.ReconcileMicrosecondsPerChange)} / {Number(size.CpuMicrosecondsPerChange)}");
        }

        foreach (LargeRouting large in r.LargeRoutings)
        {
            Row(
                text,
                $"{Number(large.Targets)} targets in {Number(large.Slices)} slices, {large.Server}: until whole, s; one change p50 / p99 ms (writes, ms of CPU)",
                $"{Number(large.FirstSeconds)}; {Number(large.Latency.P50)} / {Number(large.Latency.P99)} ({Number(large.WritesPerChange)}, {Number(large.CpuMillisecondsPerChange)})");
        }

        foreach (InformerPhase informer in r.Informers)
        {
            string megabytes = informer.MegabytesPerSecond > 0 ? $", {Number(informer.MegabytesPerSecond)} MB/s" : "";
            string memory = informer.BytesPerObject > 0 ? $", {Number(informer.BytesPerObject)} bytes of heap an object" : "";
            Row(text, $"informer: {informer.What}", $"{Number(informer.PerSecond)}/s{megabytes}{memory}");
        }

        return text.ToString();
    }

    private static void Start(StringBuilder text, string name, Phase phase)
    {
        Row(text, $"{name}: caches filled / settled, s", $"{Number(phase.SyncSeconds)} / {Number(phase.SettledSeconds)}");
        Row(text, $"{name}: reconciles/s (writes/s, errors)", $"{Number(phase.ReconcilesPerSecond)} ({Number(phase.WritesPerSecond)}, {Number(phase.Errors)})");
    }

    private static void Row(StringBuilder text, string name, string cell) => text.Append("| ").Append(name).Append(" | ").Append(cell).Append(" |\n");

    private static string Number(double value) => value.ToString(value >= 100 ? "#,0" : "0.##", CultureInfo.InvariantCulture);
}
