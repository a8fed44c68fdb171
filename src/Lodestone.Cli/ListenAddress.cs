using System.Net;

namespace Lodestone.Cli;

/// <summary>Reads the <c>HOST:PORT</c> of an option.</summary>
internal static class ListenAddress
{
    /// <summary>The endpoint that a text stands for. HOST is an IP address or <c>localhost</c>.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static IPEndPoint Parse(string option, string text)
    {
        string address = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? string.Concat("127.0.0.1", text.AsSpan("localhost".Length)) : text;

        // An IPv6 address without brackets parses too, its last group taken for part of the address: then the port is 0.
        if (!IPEndPoint.TryParse(address, out IPEndPoint? endpoint) || endpoint.Port == 0)
        {
            throw new CommandException($"{option} '{text}' is not HOST:PORT with an IP address and a port from 1 to 65535.", ExitCodes.Usage);
        }

        return endpoint;
    }
}
