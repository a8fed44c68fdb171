using System.Globalization;
using System.Net;
using Lodestone.Cli.Trace;
using Lodestone.Datapath.Events;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Events;

/// <summary>Gives events the names and words that people use.</summary>
/// <param name="tables">What is served.</param>
/// <param name="names">Names of objects.</param>
/// <param name="devices">Names of devices.</param>
/// <param name="time">The clock; the system's, whose monotonic clock events have.</param>
internal sealed class EventReporter(ServedTables tables, ObjectNames names, DeviceNames devices, TimeProvider time)
{
    // The clock may be set while we listen; one offset keeps events in order.
    private readonly DateTimeOffset _now = time.GetUtcNow();
    private readonly ulong _nowNs = (ulong)((Int128)time.GetTimestamp() * 1_000_000_000 / time.TimestampFrequency);

    /// <summary>Reports an event.</summary>
    public ReportedEvent Report(in PacketEvent packet)
    {
        VerdictText text = VerdictGuide.Of(packet.Verdict);
        Vip? vip = VipOf(packet);
        return new ReportedEvent(
            _now.AddTicks((long)(packet.TimeNs - _nowNs) / 100),
            packet.Kind,
            (int)packet.Verdict,
            text.Name,
            text.Meaning,
            packet.Kind == EventKind.Drop ? text.Remedy : null,
            devices.Of(packet.Ifindex),
            packet.Protocol is { } protocol ? ProtocolName(protocol) : null,
            Endpoint(packet.Source, packet.SourcePort),
            Endpoint(packet.Destination, packet.DestinationPort),
            packet.Bytes,
            vip?.Addr.ToString(),
            vip?.Id,
            vip?.Network,
            vip is { } named ? names.LoadBalancerOf(named.Addr) : null,
            vip is { } ringed ? EventSlot.Of(packet, ringed, tables.Config) : null,
            packet.Real == 0 ? null : TargetOf(packet.Real),
            packet.Kind == EventKind.Drop ? null : packet.Path);
    }

    /// <summary>A target by its index.</summary>
    public ReportedTarget TargetOf(uint index) => tables.RealOf(index) is { } real
        ? new ReportedTarget(index, names.NetworkInterfaceOf(real.Target), real.Dst.ToString())
        : new ReportedTarget(index, null, null);

    /// <summary>The VIP of a packet. Programs do not look it up for those they drop: of several networks that have the address, any may be meant, and none is told.</summary>
    public Vip? VipOf(in PacketEvent packet)
    {
        if (packet.Vip is { } id)
        {
            return tables.VipOf(id);
        }

        return packet.Destination is { } destination && tables.VipsAt(destination) is [Vip only] ? only : null;
    }

    /// <summary>Whose VIP it is.</summary>
    public string? LoadBalancerOf(DatapathAddress vip) => names.LoadBalancerOf(vip);

    /// <summary>The network of a VIP; 0 where it is gone.</summary>
    public uint NetworkOf(uint vip) => tables.VipOf(vip)?.Network ?? 0;

    /// <summary>The usual name of a protocol, or its number.</summary>
    public static string ProtocolName(byte protocol) => protocol switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "icmpv6",
        132 => "sctp",
        _ => string.Create(CultureInfo.InvariantCulture, $"protocol {protocol}"),
    };

    /// <summary>An address with its port, where there is one.</summary>
    public static string? Endpoint(DatapathAddress? address, int? port) => (address, port) switch
    {
        (null, _) => null,
        ({ } alone, null) => alone.ToString(),
        ({ } with, { } number) => new IPEndPoint(with.ToIPAddress(), number).ToString(),
    };
}
