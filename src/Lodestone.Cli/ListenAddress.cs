using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lodestone.Cli;

/// <summary>Reads the <c>HOST:PORT</c> of an option.</summary>
internal static class ListenAddress
{
    /// <summary>The endpoint that a text stands for. HOST is an IP address or <c>localhost</c>; port 0 is any free one.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static IPEndPoint Parse(string option, string text)
    {
        string address = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? string.Concat("127.0.0.1", text.AsSpan("localhost".Length)) : text;
        if (IPEndPoint.TryParse(address, out IPEndPoint? endpoint)
            && address.EndsWith(string.Create(CultureInfo.InvariantCulture, $":{endpoint.Port}"), StringComparison.Ordinal)
            && (endpoint.AddressFamily == AddressFamily.InterNetwork || address.StartsWith('[')))
        {
            return endpoint;
        }

        throw new CommandException($"{option} '{text}' is not HOST:PORT, as in 127.0.0.1:6443 or [::1]:6443.", ExitCodes.Usage);
    }

    /// <summary>Several of them.</summary>
    public static IReadOnlyList<IPEndPoint> ParseAll(string option, IEnumerable<string> texts) => [.. texts.Select(t => Parse(option, t))];
}
