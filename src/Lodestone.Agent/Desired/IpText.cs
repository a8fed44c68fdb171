using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.Agent.Desired;

/// <summary>Addresses as the API writes them.</summary>
internal static class IpText
{
    /// <summary>
    /// Reads an address strictly: four decimal numbers (never <c>10.1</c>, nor <c>010.0.0.1</c>, which <see cref="IPAddress"/> reads
    /// as inet_aton does), or IPv6 without a zone and not v4-mapped.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (!IPAddress.TryParse(text, out address))
        {
            return false;
        }

        bool isGood = address.AddressFamily == AddressFamily.InterNetwork
            ? address.ToString() == text
            : !address.IsIPv4MappedToIPv6 && !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal);
        address = isGood ? address : null;
        return isGood;
    }
}
