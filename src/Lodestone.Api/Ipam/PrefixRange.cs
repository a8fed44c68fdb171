using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Api.Ipam;

/// <summary>A prefix as a range of addresses; host bits do not count. Two of them nest or are apart.</summary>
/// <param name="Family"><c>IPv4</c> or <c>IPv6</c>.</param>
/// <param name="First">The first address as a number.</param>
/// <param name="Last">The last address as a number.</param>
public readonly record struct PrefixRange(string Family, UInt128 First, UInt128 Last)
{
    /// <summary>Bits that all addresses have in common.</summary>
    public int Length => IPFamily.Bits(Family) - (int)UInt128.Log2((Last - First) | 1) - (Last == First ? 0 : 1);

    /// <summary>Reads a prefix in CIDR form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PrefixRange range)
    {
        range = default;
        if (!IPFamily.TryParsePrefix(text, out System.Net.IPAddress? address, out int length))
        {
            return false;
        }

        range = Of(IPFamily.Of(address), AddressRange.ToNumber(address), length);
        return true;
    }

    /// <summary>The prefix of a length that an address lies in.</summary>
    public static PrefixRange Of(string family, UInt128 address, int length)
    {
        int hostBits = IPFamily.Bits(family) - length;
        UInt128 hosts = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        return new PrefixRange(family, address & ~hosts, address | hosts);
    }

    /// <summary>Whether all of the other range is in this one.</summary>
    public bool Contains(PrefixRange other) => Family == other.Family && First <= other.First && other.Last <= Last;

    /// <summary>Whether an address is in both.</summary>
    public bool Overlaps(PrefixRange other) => Family == other.Family && First <= other.Last && other.First <= Last;

    /// <summary>The prefix in CIDR form.</summary>
    public override string ToString() => $"{AddressRange.ToAddress(First, Family)}/{Length}";
}
