using System.CommandLine;
using System.Net;
using System.Net.Sockets;

using Lodestone.Agent;
using Lodestone.Cli.Doctor;

namespace Lodestone.Cli.Commands;

/// <summary>The options that <c>agent</c> and <c>server</c> share.</summary>
internal sealed class NodeAgentCommandOptions
{
    private readonly Option<string> _hostName = CommonOptions.HostName();
    private readonly Option<string?> _uplink = CommonOptions.Uplink();
    private readonly Option<string[]> _roles = CommonOptions.Roles();
    private readonly Option<string> _pinDirectory = CommonOptions.PinDirectory();
    private readonly Option<string?> _underlayPrefix = new("--underlay-prefix")
    {
        Description = "IPv6 /64 for the underlay addresses of this machine's NetworkInterfaces. Default: one made from the host name.",
        HelpName = "PREFIX",
    };

    private readonly Option<string?> _flowHashKey = new("--flow-hash-key")
    {
        Description = "The secret that flows are hashed under; made if there is none. All gateways need the same. Default: flow-hash.key in the data directory.",
        HelpName = "FILE",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_hostName);
        command.Options.Add(_uplink);
        command.Options.Add(_roles);
        command.Options.Add(_underlayPrefix);
        command.Options.Add(_pinDirectory);
        command.Options.Add(_flowHashKey);
    }

    /// <summary>What the user said.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="dataDirectory">Where the flow hash key is unless the user said otherwise.</param>
    /// <exception cref="CommandException">It makes no sense, or the uplink can't be told.</exception>
    public NodeAgentOptions Read(ParseResult result, string dataDirectory) => new()
    {
        HostName = result.GetRequiredValue(_hostName),
        UplinkDevice = result.GetValue(_uplink)
            ?? DefaultRoute.Device()
            ?? throw new CommandException("there is no default route to tell which device is the uplink; name it with --uplink DEVICE.", ExitCodes.Usage),
        Roles = [.. result.GetRequiredValue(_roles).Distinct().Select(r => r == "gateway" ? "Gateway" : "Hypervisor")],
        UnderlayPrefix = ReadPrefix(result.GetValue(_underlayPrefix)),
        BpffsDirectory = result.GetRequiredValue(_pinDirectory),
        FlowHashKeyFile = result.GetValue(_flowHashKey) ?? Path.Combine(dataDirectory, "flow-hash.key"),
    };

    private static IPNetwork? ReadPrefix(string? text) => text switch
    {
        null => null,
        _ when IPNetwork.TryParse(text, out IPNetwork prefix) && prefix.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 && prefix.PrefixLength == 64 => prefix,
        _ => throw new CommandException($"--underlay-prefix '{text}' is not an IPv6 /64, as in 2001:db8:0:101::/64.", ExitCodes.Usage),
    };
}
