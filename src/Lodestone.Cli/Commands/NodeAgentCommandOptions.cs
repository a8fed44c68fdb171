using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Lodestone.Agent;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Apply;
using Lodestone.Bpf;
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

    private readonly Option<string?> _underlayAddress = new("--underlay-address")
    {
        Description = "The one address that this machine encapsulates from and is reached at, IPv6 or IPv4. Default: the uplink's first global one of each family.",
        HelpName = "ADDRESS",
    };

    private readonly Option<string> _underlaySources = new("--underlay-sources")
    {
        Description = "Who may encapsulate to this machine's NetworkInterfaces: 'hosts', from an underlay address of a Host; or 'any', for routers and balancers that are no Hosts.",
        DefaultValueFactory = _ => "hosts",
    };

    private readonly Option<string?> _flowHashKey = new("--flow-hash-key")
    {
        Description = "The secret that flows are hashed under; made if there is none. All gateways need the same. Default: flow-hash.key in the data directory.",
        HelpName = "FILE",
    };

    private readonly Option<string> _xdpMode = new Option<string>("--xdp-mode")
    {
        Description = "Where the uplink's packets meet XDP: native (in the driver), generic (in the stack), off (nowhere: tc serves them),"
            + " auto (native, but off at a veth and where the driver has no XDP).",
        HelpName = "auto|native|generic|off",
        DefaultValueFactory = _ => "auto",
    }.AcceptOnlyFromAmong("auto", "native", "generic", "off");

    private readonly Option<bool> _tcFilters = new("--tc-filters")
    {
        Description = "Attach tc programs as clsact filters, as on kernels without tcx (before 6.6).",
    };

    private readonly Option<string?> _vlan = new("--uplink-vlan")
    {
        Description = "VLAN that is served at the uplink, ID or OUTER.INNER. Default: that of the uplink where it is a VLAN's device, else untagged frames.",
        HelpName = "ID",
    };

    private readonly Option<int?> _leaseSeconds = new("--lease-seconds")
    {
        Description = "After how long without a sign of life this machine counts as dead, in seconds; it gives four in that time. The same on all gateways."
            + " Default: 1 on one that is nothing but a gateway, else 2.",
        HelpName = "SECONDS",
    };

    private readonly Option<string> _bgpDriver = new Option<string>("--bgp-driver")
    {
        Description = "What speaks BGP once a BGPPeer selects this host: frr, or bird (2.0.8 or later). Started by the agent, for itself alone.",
        HelpName = "frr|bird",
        DefaultValueFactory = _ => "frr",
    }.AcceptOnlyFromAmong("frr", "bird");

    private readonly Option<string> _bgpDirectory = new("--bgp-dir")
    {
        Description = "Where that program's sockets, pid and log files are; of this machine alone.",
        HelpName = "DIRECTORY",
        DefaultValueFactory = _ => "/run/lodestone-bgp",
    };

    private readonly Option<int> _bgpShutdownSeconds = new("--bgp-shutdown-seconds")
    {
        Description = "How long routers have to move traffic away when the agent stops, before its routes are withdrawn; 0 to 300.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<string[]> _capacities = new("--capacity")
    {
        Description = "How much fits into the packet programs' maps, in place of the default; an agent that is started with other sizes takes over without a lost packet. "
            + string.Join("; ", Capacity.All.Select(capacity => string.Create(CultureInfo.InvariantCulture, $"{capacity} ({capacity.Of(new DatapathCapacities())})"))) + ".",
        HelpName = "NAME=COUNT",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        _underlaySources.AcceptOnlyFromAmong("hosts", "any");
        command.Options.Add(_hostName);
        command.Options.Add(_uplink);
        command.Options.Add(_roles);
        command.Options.Add(_underlayPrefix);
        command.Options.Add(_underlayAddress);
        command.Options.Add(_underlaySources);
        command.Options.Add(_pinDirectory);
        command.Options.Add(_flowHashKey);
        command.Options.Add(_xdpMode);
        command.Options.Add(_vlan);
        command.Options.Add(_tcFilters);
        command.Options.Add(_leaseSeconds);
        command.Options.Add(_bgpDriver);
        command.Options.Add(_bgpDirectory);
        command.Options.Add(_bgpShutdownSeconds);
        command.Options.Add(_capacities);
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
        UnderlayAddress = ReadAddress(result.GetValue(_underlayAddress)),
        TrustsAnySource = result.GetRequiredValue(_underlaySources) == "any",
        BpffsDirectory = result.GetRequiredValue(_pinDirectory),
        XdpMode = result.GetRequiredValue(_xdpMode) switch
        {
            "native" => XdpModeChoice.Native,
            "generic" => XdpModeChoice.Generic,
            "off" => XdpModeChoice.Off,
            _ => XdpModeChoice.Auto,
        },
        UplinkVlans = ReadVlans(result.GetValue(_vlan)),
        UseTcFilters = result.GetValue(_tcFilters),
        LeaseDuration = ReadLease(result.GetValue(_leaseSeconds) ?? DefaultLease(result.GetRequiredValue(_roles))),
        Bgp = new BgpOptions
        {
            Driver = result.GetRequiredValue(_bgpDriver) == "bird" ? BgpDriverChoice.Bird : BgpDriverChoice.Frr,
            StateDirectory = Path.GetFullPath(result.GetRequiredValue(_bgpDirectory)),
            ShutdownTime = ReadShutdownTime(result.GetValue(_bgpShutdownSeconds)),
        },
        Capacities = ReadCapacities(result.GetValue(_capacities) ?? []),
        FlowHashKeyFile = result.GetValue(_flowHashKey) ?? Path.Combine(dataDirectory, "flow-hash.key"),
    };

    /// <summary>Seconds: a machine with workloads of its own may be too busy for a moment to say that it lives, a gateway's death is waited for by all clients.</summary>
    internal static int DefaultLease(IReadOnlyList<string> roles) => roles.All(role => role == "gateway") ? 1 : 2;

    internal static TimeSpan ReadLease(int seconds) => seconds is >= 1 and <= 3600
        ? TimeSpan.FromSeconds(seconds)
        : throw new CommandException($"--lease-seconds {seconds} is not between 1 and 3600.", ExitCodes.Usage);

    internal static DatapathCapacities ReadCapacities(IEnumerable<string> texts)
    {
        var capacities = new DatapathCapacities();
        foreach (string text in texts)
        {
            string[] parts = text.Split('=');
            if (parts.Length != 2 || Capacity.Find(parts[0]) is not { } capacity)
            {
                throw new CommandException($"--capacity '{text}' is not NAME=COUNT with one of the names {string.Join(", ", Capacity.All.Select(known => known.Name))}.", ExitCodes.Usage);
            }

            if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1 || count > capacity.Max)
            {
                throw new CommandException($"--capacity {capacity.Name}: '{parts[1]}' is not between 1 and {capacity.Max.ToString(CultureInfo.InvariantCulture)}.", ExitCodes.Usage);
            }

            capacities = capacity.Set(capacities, count);
        }

        return capacities;
    }

    internal static uint? ReadVlans(string? text)
    {
        if (text is null)
        {
            return null;
        }

        string[] ids = text.Split('.');
        uint vlans = 0;
        for (int i = ids.Length - 1; i >= 0; i--)
        {
            if (ids.Length > 2 || !ushort.TryParse(ids[i], NumberStyles.None, CultureInfo.InvariantCulture, out ushort id) || id is 0 or > 4094)
            {
                throw new CommandException($"--uplink-vlan '{text}' is not a VLAN id of 1 to 4094, or two as in 7.100.", ExitCodes.Usage);
            }

            vlans = id | (vlans << 16);
        }

        return vlans;
    }

    private static TimeSpan ReadShutdownTime(int seconds) => seconds is >= 0 and <= 300
        ? TimeSpan.FromSeconds(seconds)
        : throw new CommandException($"--bgp-shutdown-seconds {seconds} is not between 0 and 300.", ExitCodes.Usage);

    private static IPAddress? ReadAddress(string? text) => text switch
    {
        null => null,
        _ when IPAddress.TryParse(text, out IPAddress? address) && !address.IsIPv6LinkLocal && !address.IsIPv4MappedToIPv6 => address,
        _ => throw new CommandException($"--underlay-address '{text}' is no address that other machines could reach this one at, as in 2001:db8::1 or 192.0.2.1.", ExitCodes.Usage),
    };

    private static IPNetwork? ReadPrefix(string? text) => text switch
    {
        null => null,
        _ when IPNetwork.TryParse(text, out IPNetwork prefix) && prefix.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 && prefix.PrefixLength == 64 => prefix,
        _ => throw new CommandException($"--underlay-prefix '{text}' is not an IPv6 /64, as in 2001:db8:0:101::/64.", ExitCodes.Usage),
    };
}
