using System.Globalization;
using System.Text;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Counters;

/// <summary>Counters as tables.</summary>
internal static class CountersText
{
    private static readonly string[] RightHand = ["PACKETS", "BYTES", "TCP", "UDP", "SCTP", "RECORDED", "PINNED", "UNRECORDED"];

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
            ["VIP", "LOAD BALANCER", "PACKETS", "BYTES", "TCP", "UDP", "SCTP", "RECORDED", "PINNED", "UNRECORDED"],
            report.Vips.Select(v => (string[])
            [
                v.Address, v.LoadBalancer ?? "-", Number(v.Packets), Number(v.Bytes), Protocol(v, "tcp"), Protocol(v, "udp"), Protocol(v, "sctp"),
                Number(v.Recorded), Number(v.Pinned), Number(v.Unrecorded),
            ]));
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

    private static string Protocol(VipCount vip, string name) => Number(vip.Protocols.FirstOrDefault(p => p.Protocol == name)?.Packets ?? 0);

    private static string Way(TargetCount target) => target.Kind switch
    {
        RealKind.None => "none",
        RealKind.Encap => $"encap {target.Device}",
        RealKind.Ipip => $"ipip {target.Device}",
        RealKind.GueIPv4 or RealKind.GueIPv6 => $"gue {target.Device}",
        RealKind.GeneveIPv4 or RealKind.GeneveIPv6 => $"geneve {target.Device}",
        RealKind.Peer => $"veth {target.Device}",
        RealKind.Stack => "this machine",
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
                RightHand.Contains(header[column]) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.Append(string.Join("  ", cells).TrimEnd()).Append('\n');
        }

        text.Append('\n');
    }
}
