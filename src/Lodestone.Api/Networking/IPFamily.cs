using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using Address = System.Net.IPAddress;

namespace Lodestone.Api.Networking;

/// <summary>IP families as the API writes them, and addresses and prefixes as it reads them.</summary>
/// <remarks>Stricter than <see cref="Address.TryParse(string, out Address)"/>: no leading zeros, no short or hexadecimal IPv4 forms, no zones, no brackets.</remarks>
public static class IPFamily
{
    /// <summary><c>IPv4</c>.</summary>
    public const string IPv4 = "IPv4";

    /// <summary><c>IPv6</c>.</summary>
    public const string IPv6 = "IPv6";

    private static readonly SearchValues<char> V6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Both.</summary>
    public static IReadOnlyList<string> All { get; } = [IPv4, IPv6];

    /// <summary>The family of an address. An IPv4-mapped IPv6 address is IPv6, as in IronCore.</summary>
    public static string Of(Address address) => address.AddressFamily == AddressFamily.InterNetwork ? IPv4 : IPv6;

    /// <summary>Bits of an address of the family: 32 or 128.</summary>
    public static int Bits(string family) => family == IPv4 ? 32 : 128;

    /// <summary>Reads an address.</summary>
    public static bool TryParseAddress([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Address? address)
    {
        address = null;
        if (text is null)
        {
            return false;
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            return text.AsSpan().IndexOfAnyExcept(V6Characters) < 0
                && Address.TryParse(text, out address)
                && address.AddressFamily == AddressFamily.InterNetworkV6;
        }

        Span<byte> bytes = stackalloc byte[4];
        int count = 0;
        foreach (Range range in text.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> part = text.AsSpan()[range];
            if (count == 4
                || part.Length is 0 or > 3
                || (part.Length > 1 && part[0] == '0')
                || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[count]))
            {
                return false;
            }

            count++;
        }

        if (count != 4)
        {
            return false;
        }

        address = new Address(bytes);
        return true;
    }

    /// <summary>Reads a prefix in CIDR form. Host bits are allowed, and kept in <paramref name="address"/>.</summary>
    public static bool TryParsePrefix([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Address? address, out int length)
    {
        address = null;
        length = 0;
        int slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0 || !TryParseAddress(text![..slash], out Address? parsed))
        {
            return false;
        }

        ReadOnlySpan<char> bits = text.AsSpan(slash + 1);
        if (bits.Length is 0 or > 3
            || (bits.Length > 1 && bits[0] == '0')
            || !int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out length)
            || length > Bits(Of(parsed)))
        {
            return false;
        }

        address = parsed;
        return true;
    }
}
