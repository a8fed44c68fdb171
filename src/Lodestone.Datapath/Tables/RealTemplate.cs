using System.Buffers.Binary;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>Builds the entries of <c>reals</c>: outer headers finished but for what each packet brings.</summary>
public static class RealTemplate
{
    /// <summary>What is put in front of a packet: Ethernet and IPv6 header.</summary>
    public const int OuterSize = EthernetHeader.Size + Ipv6Header.Size;

    /// <summary>Offset of the payload length in the IPv6 header, patched per packet.</summary>
    public const int PayloadLengthOffset = 4;

    /// <summary>Offset of the next header in the IPv6 header, patched per packet: 4 for IPv4 inside, 41 for IPv6.</summary>
    public const int NextHeaderOffset = 6;

    private const int HopLimitOffset = 7;
    private const int SourceOffset = 8;
    private const int DestinationOffset = 24;
    private const byte Version6 = 0x60;
    private const byte NextHeaderIPv6 = 41;
    private const byte HopLimit = 64;
    private const ushort EtherTypeIPv6 = 0x86dd;

    /// <summary>A target on another machine: IPv4 or IPv6 directly inside IPv6 (RFC 2473).</summary>
    /// <param name="uplink">Index of the uplink.</param>
    /// <param name="nextHop">MAC address of the next hop towards the host of the target.</param>
    /// <param name="uplinkMac">MAC address of the uplink.</param>
    /// <param name="source">This host's underlay address.</param>
    /// <param name="destination">The target's underlay address (<see cref="UnderlayAddress"/>).</param>
    /// <param name="mtu">Largest packet the way takes, outer IPv6 header included.</param>
    public static Real Encap(
        uint uplink, MacAddress nextHop, MacAddress uplinkMac, DatapathAddress source, DatapathAddress destination, ushort mtu)
    {
        Real real = new() { Ifindex = uplink, Kind = RealKind.Encap, Mtu = mtu };
        WriteEthernet(real.Eth, nextHop, uplinkMac);
        Span<byte> ip6 = real.Ip6;
        ip6[0] = Version6;
        ip6[NextHeaderOffset] = NextHeaderIPv6;
        ip6[HopLimitOffset] = HopLimit;
        source.CopyTo(ip6[SourceOffset..]);
        destination.CopyTo(ip6[DestinationOffset..]);
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

        Real real = new() { Ifindex = ifindex, Kind = kind, Mtu = mtu };
        WriteEthernet(real.Eth, workloadMac, deviceMac);
        Span<byte> ip6 = real.Ip6;
        underlay.CopyTo(ip6[DestinationOffset..]);
        return real;
    }

    /// <summary>The underlay address of a real, also of a local or dead one.</summary>
    public static DatapathAddress UnderlayOf(in Real real)
    {
        ReadOnlySpan<byte> ip6 = real.Ip6;
        return DatapathAddress.FromBytes(ip6.Slice(DestinationOffset, DatapathAddress.Size));
    }

    /// <summary>The outer source address of a real of <see cref="RealKind.Encap"/>; zero for others.</summary>
    public static DatapathAddress SourceOf(in Real real)
    {
        ReadOnlySpan<byte> ip6 = real.Ip6;
        return DatapathAddress.FromBytes(ip6.Slice(SourceOffset, DatapathAddress.Size));
    }

    /// <summary>The identity (<see cref="TargetHash"/>) of a real's target; 0 for an entry that never was one.</summary>
    public static ulong TargetOf(in Real real)
    {
        ReadOnlySpan<byte> ip6 = real.Ip6;
        return UnderlayAddress.TargetOf(ip6.Slice(DestinationOffset, DatapathAddress.Size));
    }

    private static void WriteEthernet(Span<byte> header, MacAddress destination, MacAddress source)
    {
        ((ReadOnlySpan<byte>)destination).CopyTo(header);
        ((ReadOnlySpan<byte>)source).CopyTo(header[MacAddress.Size..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[(2 * MacAddress.Size)..], EtherTypeIPv6);
    }
}
