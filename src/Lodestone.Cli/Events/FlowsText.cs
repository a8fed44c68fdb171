using System.Globalization;
using System.Text;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>Flows as a table.</summary>
internal static class FlowsText
{
    /// <summary>What a terminal shows; JSON has all.</summary>
    public const int MaxRows = 100;

    private static readonly string[] Header = ["CLIENT", "VIP", "LOAD BALANCER", "TARGET", "PATH", "PACKETS", "BYTES"];

    /// <summary>The whole text.</summary>
    public static string Of(FlowsReport report)
    {
        var text = new StringBuilder();
        if (report.Flows.Count > 0)
        {
            AppendTable(text, [.. report.Flows.Take(MaxRows)]);
        }

        if (report.Flows.Count > MaxRows)
        {
            text.Append(CultureInfo.InvariantCulture, $"and {report.Flows.Count - MaxRows:N0} more flows; -o json has all\n");
        }

        string of = report.SampleOneIn == 1 ? "every packet" : string.Create(CultureInfo.InvariantCulture, $"one in {report.SampleOneIn:N0} packets");
        text.Append(CultureInfo.InvariantCulture, $"{report.Flows.Count:N0} flows in {report.Seconds:0.#} s, by {report.Samples:N0} samples of {of} to a target");
        if (report.OverRate + report.NoRoom > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"; left out and made up for: {EventWording.LeftOut(report.OverRate, report.NoRoom)}");
        }

        text.Append('\n');
        foreach (string note in report.Notes)
        {
            text.Append(note).Append('\n');
        }

        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, IReadOnlyList<FlowRow> flows)
    {
        List<string[]> rows = [Header, .. flows.Select(Cells)];
        int[] widths = [.. Enumerable.Range(0, Header.Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) => Header[column] is "PACKETS" or "BYTES" ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.Append(string.Join("  ", cells)).Append('\n');
        }
    }

    private static string[] Cells(FlowRow flow) =>
    [
        flow.Client,
        $"{flow.Vip}/{flow.Protocol}",
        flow.LoadBalancer ?? (flow.Network > 0 ? $"network {flow.Network}" : "-"),
        EventWording.Target(flow.Target),
        Path(flow.Path),
        Number(flow.Packets),
        Number(flow.Bytes),
    ];

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Path(EventPath path) => path switch
    {
        EventPath.Stable => "stable",
        EventPath.Current => "owner",
        EventPath.Previous => "previous owner",
        EventPath.Followed or EventPath.Recorded => "recorded",
        EventPath.Pinned => "pinned",
        EventPath.Unrecorded => "no place",
        EventPath.Named => "QUIC ID",
        _ => $"{(int)path}",
    };
}
