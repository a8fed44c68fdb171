using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.Cli.Trace;

/// <summary>Reads an address of <c>lodestone trace</c>: IP, IP:port, IPv6 or [IPv6]:port.</summary>
internal static class TraceEndpoint
{
    /// <summary>Reads one.</summary>
    /// <param name="what">Which one, for the message.</param>
    /// <param name="text">As the user wrote it.</param>
    /// <param name="defaultPort">The port where none is written; null: there has to be one.</param>
    /// <exception cref="CommandException">It is none.</exception>
    public static IPEndPoint Parse(string what, string text, int? defaultPort)
    {
        if (TryAddress(text, out IPAddress? alone))
        {
            return new IPEndPoint(alone, defaultPort ?? throw new CommandException($"{what} '{text}' lacks a port, as in {Example(alone)}.", ExitCodes.Usage));
        }

        int colon = text.LastIndexOf(':');
        if (colon > 0
            && TryAddress(text[..colon], out IPAddress? address)
            && (address.AddressFamily == AddressFamily.InterNetwork || text[0] == '[')
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            && port > 0)
        {
            return new IPEndPoint(address, port);
        }

        throw new CommandException($"{what} '{text}' is not IP:port, as in 192.0.2.10:40000 or [2001:db8::a]:40000.", ExitCodes.Usage);
    }

    private static string Example(IPAddress address) => new IPEndPoint(address, 80).ToString();

    /// <summary>An IPv6 address may stand in brackets; IPv4 has four numbers, not the short forms that .NET takes as well.</summary>
    private static bool TryAddress(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address)
    {
        bool inBrackets = text.StartsWith('[') && text.EndsWith(']');
        string inner = inBrackets ? text[1..^1] : text;
        if (!inner.Contains('[', StringComparison.Ordinal)
            && IPAddress.TryParse(inner, out address)
            && address is { IsIPv4MappedToIPv6: false }
            && (address.AddressFamily == AddressFamily.InterNetworkV6
                ? !inner.Contains('%', StringComparison.Ordinal)
                : !inBrackets && inner.Count(c => c == '.') == 3))
        {
            return true;
        }

        address = null;
        return false;
    }
}
