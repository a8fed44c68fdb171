using System.Globalization;
using System.Text;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Counters;

/// <summary>Counters as tables.</summary>
internal static class CountersText
{
    /// <summary>The whole text.</summary>
    public static string Of(CountersReport report)
    {
        var text = new StringBuilder();
        Append(
            text,
            ["VERDICT", "PACKETS", "BYTES", "MEANING"],
            report.Verdicts.Select(v => (string[])[$"{v.Number} {v.Name}", Number(v.Packets), Number(v.Bytes), v.Meaning]));
        Append(
            text,
            ["VIP", "LOAD BALANCER", "PACKETS", "BYTES", "RECORDED", "PINNED"],
            report.Vips.Select(v => (string[])[v.Address, v.LoadBalancer ?? "-", Number(v.Packets), Number(v.Bytes), Number(v.Recorded), Number(v.Pinned)]));
        Append(
            text,
            ["TARGET", "UNDERLAY", "WAY", "PACKETS", "BYTES"],
            report.Targets.Select(t => (string[])[$"{t.Index} {t.NetworkInterface ?? "-"}", t.Underlay, Way(t), Number(t.Packets), Number(t.Bytes)]));
        foreach (string note in report.Notes)
        {
            text.Append(note).Append('\n');
        }

        return text.ToString();
    }

    private static string Number(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Way(TargetCount target) => target.Kind switch
    {
        RealKind.None => "none",
        RealKind.Encap => $"encap {target.Device}",
        RealKind.Peer => $"veth {target.Device}",
        _ => $"device {target.Device}",
    };

    /// <summary>Numbers stand on the right, everything else on the left; the last column is not padded.</summary>
    private static void Append(StringBuilder text, string[] header, IEnumerable<string[]> body)
    {
        List<string[]> rows = [header, .. body];
        if (rows.Count == 1)
        {
            text.Append(header[0]).Append("  none\n\n");
            return;
        }

        int[] widths = [.. Enumerable.Range(0, header.Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) =>
                header[column] is "PACKETS" or "BYTES" or "RECORDED" or "PINNED" ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }

        text.Append('\n');
    }
}
