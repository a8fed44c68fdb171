using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Lodestone.Api.Networking;
using Lodestone.Api.Validation;
using Address = System.Net.IPAddress;

namespace Lodestone.Api.Platform;

/// <summary>The name of an <see cref="IPAddress"/>: one per address, so that creating the object is taking the address.</summary>
/// <param name="Address">The address; never IPv4-mapped.</param>
/// <param name="NetworkUid">UID of the network an internal address is unique in; null for a public one.</param>
/// <remarks>
/// IPv4 as <c>203.0.113.10</c>; IPv6 as <c>2001-0db8-0000-0000-0000-0000-0000-0001</c>, since a name may hold no colon. An internal address
/// has its network's UID and a dot before it.
/// </remarks>
public readonly record struct IPAddressName(Address Address, string? NetworkUid = null)
{
    private const int V6Length = 39;

    /// <summary>The name of an address, of the network of that UID or public.</summary>
    public static string Format(Address address, string? networkUid = null)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        string name = IPFamily.Of(address) == IPFamily.IPv4 ? address.ToString() : FormatV6(address);
        return networkUid is null ? name : $"{networkUid}.{name}";
    }

    /// <summary>Reads a name; false where it is not exactly what <see cref="Format"/> makes.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out IPAddressName result)
    {
        result = default;
        if (name is null)
        {
            return false;
        }

        // What follows the UID is three dots and four numbers, or no dot at all.
        string text = name.Length >= V6Length && name.AsSpan(name.Length - V6Length).IndexOf('.') < 0 ? name[^V6Length..] : LastFourParts(name);
        if (!TryParseAddress(text, out Address? address))
        {
            return false;
        }

        string? uid = text.Length == name.Length ? null : name[..(name.Length - text.Length - 1)];
        if (uid is not null && (name[uid.Length] != '.' || Names.CheckDnsSubdomain(uid).Any()))
        {
            return false;
        }

        result = new IPAddressName(address, uid);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Format(Address, NetworkUid);

    private static string FormatV6(Address address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        var name = new StringBuilder(V6Length);
        for (int i = 0; i < 16; i += 2)
        {
            name.Append(i == 0 ? "" : "-").Append(CultureInfo.InvariantCulture, $"{bytes[i]:x2}{bytes[i + 1]:x2}");
        }

        return name.ToString();
    }

    private static string LastFourParts(string name)
    {
        int start = name.Length;
        for (int i = 0; i < 4 && start >= 0; i++)
        {
            start = start == 0 ? -1 : name.LastIndexOf('.', start - 1);
        }

        return name[(start + 1)..];
    }

    private static bool TryParseAddress(string text, [NotNullWhen(true)] out Address? address) =>
        IPFamily.TryParseAddress(text.Length == V6Length ? text.Replace('-', ':') : text, out address) && Format(address) == text;
}
