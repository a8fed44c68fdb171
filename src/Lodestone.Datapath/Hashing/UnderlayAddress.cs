using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Hashing;

/// <summary>Addresses of NICs on the underlay: a host's /64 prefix and the <see cref="TargetHash"/> of the NIC.</summary>
/// <remarks>Nothing is allocated, nothing stored: whoever knows the host's prefix and the NIC's UID knows the address.</remarks>
public static class UnderlayAddress
{
    private const int PrefixBits = 64;
    private const int AddressBytes = 16;
    private const int HalfBytes = 8;

    /// <summary>The underlay address of a NIC on the host that owns <paramref name="prefix"/>, a /64.</summary>
    /// <exception cref="ArgumentException">The prefix is not an IPv6 /64.</exception>
    public static IPAddress Derive(IPNetwork prefix, string uid) => Derive(prefix, TargetHash.Of(uid));

    /// <summary>The underlay address of the NIC with this <see cref="TargetHash"/>.</summary>
    /// <exception cref="ArgumentException">The prefix is not an IPv6 /64.</exception>
    public static IPAddress Derive(IPNetwork prefix, ulong target)
    {
        if (prefix.BaseAddress.AddressFamily != AddressFamily.InterNetworkV6 || prefix.PrefixLength != PrefixBits)
        {
            throw new ArgumentException($"\"{prefix}\" is not an IPv6 prefix of 64 bits", nameof(prefix));
        }

        Span<byte> bytes = stackalloc byte[AddressBytes];
        prefix.BaseAddress.TryWriteBytes(bytes, out _);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[HalfBytes..], target);
        return new IPAddress(bytes);
    }

    /// <summary>The <see cref="TargetHash"/> inside an underlay address of 16 bytes; the reverse of <see cref="Derive(IPNetwork, ulong)"/>.</summary>
    public static ulong TargetOf(ReadOnlySpan<byte> address) => BinaryPrimitives.ReadUInt64BigEndian(address.Slice(HalfBytes, HalfBytes));

    /// <summary>The same of an address as the data path has it.</summary>
    public static ulong TargetOf(DatapathAddress address) => BinaryPrimitives.ReverseEndianness(address.Low);

    /// <summary>The prefix of a host that was given none: a unique local /64 (RFC 4193, fd00::/8).</summary>
    /// <remarks>
    /// RFC 4193 splits the 56 bits behind fd into 40 random ones of the site and 16 of the subnet. Here all 56 come from the hash
    /// of cluster and host: with 16 bits two of 300 hosts would collide as likely as not; with 56, two of a million hardly ever do.
    /// </remarks>
    public static IPNetwork DefaultPrefix(string clusterId, string hostName)
    {
        ArgumentException.ThrowIfNullOrEmpty(clusterId);
        ArgumentException.ThrowIfNullOrEmpty(hostName);
        ulong hash = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{clusterId}/{hostName}"));
        Span<byte> bytes = stackalloc byte[AddressBytes];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (0xfdUL << 56) | (hash >> 8));
        return new IPNetwork(new IPAddress(bytes), PrefixBits);
    }
}
