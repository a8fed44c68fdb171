using System.Globalization;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>The sentences of events and flows.</summary>
internal static class EventWording
{
    /// <summary>An event in a line, its time in the zone given.</summary>
    public static string Line(ReportedEvent e, TimeZoneInfo zone)
    {
        string packet = e.Source is null ? "a packet without addresses" : $"{e.Protocol} {e.Source} > {e.Destination}";
        string vip = (e.LoadBalancer, e.Vip) switch
        {
            ({ } name, _) => $", VIP of {name}",
            (null, { }) => e.Network > 0 ? $", VIP of network {e.Network}" : ", a VIP",
            _ => "",
        };
        string target = e.Target is { } to ? $", to {Target(to)}" : "";
        string path = e.Path is { } known ? $": {Path(known)}" : "";
        DateTimeOffset local = TimeZoneInfo.ConvertTime(e.Time, zone);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{local:HH:mm:ss.ffffff}  {e.Number} {e.Verdict}  {packet}, {e.Bytes} bytes, in at {e.Device}{vip}{target}{path}");
    }

    /// <summary>What to do, below the first event of a verdict.</summary>
    public static string ToDo(string remedy) => $"                 to do: {remedy}";

    /// <summary>How a target was found.</summary>
    public static string Path(EventPath path) => path switch
    {
        EventPath.Stable => "stable, no state is kept",
        EventPath.Current => "the slot's owner, not recorded",
        EventPath.Previous => "the previous owner, not recorded",
        EventPath.Followed => "recorded, with the slot's owner",
        EventPath.Recorded => "recorded now",
        EventPath.Pinned => "recorded, kept from the slot's owner",
        EventPath.Unrecorded => "found no place to be recorded",
        EventPath.Named => "named by its QUIC connection ID",
        _ => $"path {(int)path}, which this release does not know",
    };

    /// <summary>A target.</summary>
    public static string Target(ReportedTarget target) => target.NetworkInterface is { } nic
        ? $"{nic} (real {target.Index})"
        : target.Underlay is { } underlay ? $"real {target.Index} at {underlay}" : $"real {target.Index}, which is gone";

    /// <summary>How many events there were, and how many were left out.</summary>
    public static string Summary(EventsSummary summary)
    {
        string events = summary.Events == 1 ? "1 event" : string.Create(CultureInfo.InvariantCulture, $"{summary.Events:N0} events");
        return summary.OverRate + summary.NoRoom == 0 ? $"{events}, none left out" : $"{events}; left out: {LeftOut(summary.OverRate, summary.NoRoom)}";
    }

    /// <summary>How many were left out, and why.</summary>
    public static string LeftOut(ulong overRate, ulong noRoom)
    {
        string limited = string.Create(CultureInfo.InvariantCulture, $"{overRate:N0} above what a CPU tells (10,000 a second of each kind)");
        string full = string.Create(CultureInfo.InvariantCulture, $"{noRoom:N0} that were not read in time");
        return (overRate, noRoom) switch
        {
            ( > 0, > 0) => $"{limited}, {full}",
            (0, > 0) => full,
            _ => limited,
        };
    }
}
