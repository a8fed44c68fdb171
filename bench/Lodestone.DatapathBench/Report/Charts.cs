using Lodestone.BenchKit;

namespace Lodestone.DatapathBench.Report;

/// <summary>The pictures of docs/performance.md.</summary>
internal static class Charts
{
    public static void DrawPackets(PacketsFile packets, string directory)
    {
        Draw("packets-flows.svg", "Stable slots: a packet's cost by flows", [("IPv4, established", "ipv4-tcp-established"), ("IPv6, established", "ipv6-tcp-established"), ("IPv4, UDP", "ipv4-udp"), ("no VIP", "ipv4-no-vip")]);
        Draw("packets-transition.svg", "Slots in transition: a packet's cost by flows", [("IPv4, stable", "ipv4-tcp-established"), ("learning, recorded", "ipv4-tcp-learning-recorded"), ("settling, recorded", "ipv4-tcp-settling-recorded")]);
        LogChart.Draw(
            Path.Combine(directory, "packets-vips.svg"),
            "524,288 flows spread over VIPs of three targets",
            "VIPs",
            "ns per packet, batched",
            [("IPv4", ByVips("ipv4-tcp-established")), ("IPv6", ByVips("ipv6-tcp-established"))]);

        void Draw(string file, string title, (string Name, string Case)[] rows) => LogChart.Draw(
            Path.Combine(directory, file),
            title,
            "flows",
            "ns per packet, batched",
            rows.Select(row => (row.Name, packets.ByFlows(row.Case).Select(c => ((double)c.Flows!, c.Ns)))));

        IEnumerable<(double X, double Y)> ByVips(string name) =>
            packets.Cases.Where(c => c.Name == name && c.Targets == 3 && c.Flows == 1 << 19).OrderBy(c => c.Vips).Select(c => ((double)c.Vips, c.Ns));
    }

    public static void DrawChange(ChangeResult change, string directory) => LogChart.Draw(
        Path.Combine(directory, "change-targets.svg"),
        "One target changes: until all packets are on the new ring",
        "VIPs",
        "ms",
        [
            ("median", change.Changes.Where(c => c.TargetsOfIt == 3).Select(c => ((double)c.Vips, c.MedianMs))),
            ("least", change.Changes.Where(c => c.TargetsOfIt == 3).Select(c => ((double)c.Vips, c.LeastMs))),
        ]);

    public static void DrawMinutes(TrafficResult traffic, string directory)
    {
        if (traffic.Minutes.Count > 0)
        {
            LineChart.Draw(
                Path.Combine(directory, "traffic-minutes.svg"),
                "New connections, as a share of direct",
                "minutes",
                "% of direct",
                traffic.Minutes.GroupBy(m => m.Site).Select(way => (way.Key, way.Select(m => (m.Minutes, 100 * TrafficTables.Share(m))))));
        }
    }
}
