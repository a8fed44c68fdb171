using System.Globalization;
using System.Text;

namespace Lodestone.DatapathBench.Report;

/// <summary>Packets and changes as Markdown.</summary>
internal static class PacketTables
{
    private static readonly long[] Flows = [1, 1 << 10, 1 << 16, 1 << 19, 1 << 22];

    public static string Markdown(PacketsFile p)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{p.Date}, {p.Machine}; ns per packet; an empty program: {p.EmptyNs:F0} batched, {p.EmptyCallNs:F0} by calls\n\n");
        text.Append("| batched, by flows | 1 | 1,024 | 65,536 | 524,288 | 4,194,304 | one call, 1 flow |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (string name in p.Cases.Select(c => c.Name).Distinct())
        {
            PacketsCase[] row = [.. p.ByFlows(name)];
            if (row.Length > 0)
            {
                string cells = string.Join(" | ", Flows.Select(f => row.FirstOrDefault(c => c.Flows == f) is { } c ? Number(c.Ns) : ""));
                text.Append(CultureInfo.InvariantCulture, $"| {name} | {cells} | {(row[0].CallNs is { } call ? Number(call) : "")} |\n");
            }
        }

        text.Append("\n| batched | flows | VIPs | targets | flow table, MB | ns | with wrapper |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (PacketsCase c in p.Cases.Where(c => c.Flows is null || !p.ByFlows(c.Name).Contains(c)))
        {
            string megabytes = c.FlowBuckets is { } buckets ? Number(buckets * 64.0 / (1 << 20)) : "-";
            text.Append(CultureInfo.InvariantCulture, $"| {c.Name} | {c.Flows?.ToString("N0", CultureInfo.InvariantCulture) ?? "every packet new"} | {c.Vips:N0} | {c.Targets:N0} | {megabytes} | {Number(c.Ns)} | {Number(c.WithWrapperNs)} |\n");
        }

        return text.ToString();
    }

    public static string Markdown(ChangeResult r)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\n{r.Date}, {r.Machine}\n\n| one target changes: VIPs | targets of the VIP | least ms | median ms | worst ms | of it the grace period, median ms | writes |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (ChangeBySize c in r.Changes)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {c.Vips:N0} | {c.TargetsOfIt:N0} | {c.LeastMs} | {c.MedianMs} | {c.WorstMs} | {c.GraceMs} | {c.Writes:N0} |\n");
        }

        text.Append("\n| one routing changes: load balancers | planned, least ms | median ms | applied, least ms | median ms | grace period, median ms | together, median ms |\n| --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (PlannedChange c in r.Planned)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {c.Vips:N0} | {c.LeastPlanMs} | {c.PlanMs} | {c.LeastApplyMs} | {c.ApplyMs} | {c.GraceMs} | {c.MedianMs} |\n");
        }

        text.Append("\n| memory | bytes |\n| --- | --- |\n");
        foreach (MapBytes m in r.Memory)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {m.What} | {m.Bytes:N0} |\n");
        }

        return text.ToString();
    }

    private static string Number(double ns) => ns.ToString("0.#", CultureInfo.InvariantCulture);
}
