using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Networking;

namespace Lodestone.Api.Ipam;

/// <summary>A prefix as a range of addresses; host bits do not count.</summary>
/// <param name="Family"><c>IPv4</c> or <c>IPv6</c>.</param>
/// <param name="First">The first address as a number.</param>
/// <param name="Last">The last address as a number.</param>
internal readonly record struct PrefixRange(string Family, UInt128 First, UInt128 Last)
{
    /// <summary>Reads a prefix in CIDR form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PrefixRange range)
    {
        range = default;
        if (!IPFamily.TryParsePrefix(text, out System.Net.IPAddress? address, out int length))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int count);
        UInt128 number = count == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
        int hostBits = (count * 8) - length;
        UInt128 hosts = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        range = new PrefixRange(IPFamily.Of(address), number & ~hosts, number | hosts);
        return true;
    }

    /// <summary>Whether all of the other range is in this one.</summary>
    public bool Contains(PrefixRange other) => Family == other.Family && First <= other.First && other.Last <= Last;

    /// <summary>Whether an address is in both.</summary>
    public bool Overlaps(PrefixRange other) => Family == other.Family && First <= other.Last && other.First <= Last;
}
