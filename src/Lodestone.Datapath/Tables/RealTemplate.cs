using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>Builds the entries of <c>reals</c>.</summary>
public static class RealTemplate
{
    private const int IPv4Size = 20;
    private const int UdpSize = 8;
    private const int GeneveSize = 8;
    private const ushort EtherTypeIPv4 = 0x0800;
    private const ushort EtherTypeIPv6 = 0x86dd;

    /// <summary>Bytes that a form puts in front of an IP packet; 0 for a target on this machine.</summary>
    public static int Overhead(RealKind kind) => kind switch
    {
        RealKind.Encap => Ipv6Header.Size,
        RealKind.Ipip => IPv4Size,
        RealKind.GueIPv4 => IPv4Size + UdpSize,
        RealKind.GueIPv6 => Ipv6Header.Size + UdpSize,
        RealKind.GeneveIPv4 => IPv4Size + UdpSize + GeneveSize,
        RealKind.GeneveIPv6 => Ipv6Header.Size + UdpSize + GeneveSize,
        _ => 0,
    };

    /// <summary>Whether a form has outer headers of IPv4.</summary>
    public static bool IsOverIPv4(RealKind kind) => kind is RealKind.Ipip or RealKind.GueIPv4 or RealKind.GeneveIPv4;

    /// <summary>A target on another machine, IPv4 or IPv6 directly inside IPv6 (RFC 2473), at its own underlay address.</summary>
    /// <param name="uplink">Index of the uplink.</param>
    /// <param name="nextHop">MAC address of the next hop towards the host of the target.</param>
    /// <param name="uplinkMac">MAC address of the uplink.</param>
    /// <param name="source">This host's underlay address.</param>
    /// <param name="destination">The target's underlay address (<see cref="UnderlayAddress"/>).</param>
    /// <param name="mtu">Largest packet the way takes in bytes, outer headers included.</param>
    public static Real Encap(
        uint uplink, MacAddress nextHop, MacAddress uplinkMac, DatapathAddress source, DatapathAddress destination, ushort mtu) =>
        Remote(RealKind.Encap, UnderlayAddress.TargetOf(destination), uplink, nextHop, uplinkMac, source, destination, mtu);

    /// <summary>A target on another machine.</summary>
    /// <param name="kind">The form of the outer headers.</param>
    /// <param name="target">The target's identity.</param>
    /// <param name="uplink">Index of the uplink.</param>
    /// <param name="nextHop">MAC address of the next hop towards <paramref name="destination"/>.</param>
    /// <param name="uplinkMac">MAC address of the uplink.</param>
    /// <param name="source">This host's underlay address, of the form's family.</param>
    /// <param name="destination">Outer destination, of the form's family.</param>
    /// <param name="mtu">Largest packet the way takes in bytes, outer headers included.</param>
    /// <exception cref="ArgumentException">The form is that of a target on this machine, or an address is of the other family.</exception>
    public static Real Remote(
        RealKind kind,
        ulong target,
        uint uplink,
        MacAddress nextHop,
        MacAddress uplinkMac,
        DatapathAddress source,
        DatapathAddress destination,
        ushort mtu)
    {
        if (Overhead(kind) == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "a real on another machine is encapsulated to");
        }

        bool isIPv4 = IsOverIPv4(kind);
        if (source.IsIPv4 != isIPv4 || destination.IsIPv4 != isIPv4)
        {
            throw new ArgumentException($"{kind} does not go from {source} to {destination}: both have to be {(isIPv4 ? "IPv4" : "IPv6")}", nameof(destination));
        }

        Real real = new() { Ifindex = uplink, Kind = kind, Mtu = mtu, Target = target, Src = source, Dst = destination };
        WriteEthernet(real.Eth, nextHop, uplinkMac, isIPv4 ? EtherTypeIPv4 : EtherTypeIPv6);
        return real;
    }

    /// <summary>A target on this machine.</summary>
    /// <param name="kind"><see cref="RealKind.Peer"/> or <see cref="RealKind.Device"/>.</param>
    /// <param name="ifindex">The NIC's device.</param>
    /// <param name="workloadMac">MAC address of the workload; only a <see cref="RealKind.Device"/> needs it.</param>
    /// <param name="deviceMac">MAC address of the NIC's device on the host's side; likewise.</param>
    /// <param name="underlay">The target's underlay address: its identity.</param>
    /// <param name="mtu">MTU of the device.</param>
    public static Real Local(
        RealKind kind, uint ifindex, MacAddress workloadMac, MacAddress deviceMac, DatapathAddress underlay, ushort mtu)
    {
        if (kind is not (RealKind.Peer or RealKind.Device))
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "a local real is a veth's peer or a device");
        }

        Real real = new() { Ifindex = ifindex, Kind = kind, Mtu = mtu, Target = UnderlayAddress.TargetOf(underlay), Dst = underlay };
        WriteEthernet(real.Eth, workloadMac, deviceMac, EtherTypeIPv6);
        return real;
    }

    /// <summary>This machine itself.</summary>
    /// <param name="target">The target's identity.</param>
    /// <param name="uplink">Index of the uplink, where packets come in.</param>
    /// <param name="address">This machine's underlay address.</param>
    /// <param name="mtu">MTU of the uplink.</param>
    public static Real Stack(ulong target, uint uplink, DatapathAddress address, ushort mtu) =>
        new() { Ifindex = uplink, Kind = RealKind.Stack, Mtu = mtu, Target = target, Dst = address };

    private static void WriteEthernet(Span<byte> header, MacAddress destination, MacAddress source, ushort etherType)
    {
        ((ReadOnlySpan<byte>)destination).CopyTo(header);
        ((ReadOnlySpan<byte>)source).CopyTo(header[MacAddress.Size..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[(2 * MacAddress.Size)..], etherType);
    }
}
