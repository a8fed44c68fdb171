using System.CommandLine;
using System.Net;

using Lodestone.Linux.Kernel;

namespace Lodestone.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    /// <summary>Where data is kept unless the user says otherwise.</summary>
    public static string DefaultDataDirectory =>
        Environment.IsPrivilegedProcess
            ? "/var/lib/lodestone"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "lodestone");

    /// <summary><c>--verbose</c>, understood by every command.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "Log to stderr what happens inside.",
        Recursive = true,
    };

    /// <summary><c>-o text|json</c>.</summary>
    public static Option<string> Output()
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = "text for people, json for machines.",
            HelpName = "text|json",
            DefaultValueFactory = _ => "text",
        };
        option.AcceptOnlyFromAmong("text", "json");
        return option;
    }

    /// <summary><c>--kubeconfig FILE</c>.</summary>
    public static Option<string?> Kubeconfig() => new("--kubeconfig")
    {
        Description = "How to reach the API server, and as whom. Default, in a pod only: its service account.",
        HelpName = "FILE",
    };

    /// <summary><c>--kubeconfig FILE</c> of commands that only want names.</summary>
    public static Option<string?> NamesKubeconfig() => new("--kubeconfig")
    {
        Description = "How to ask the API for names. Default: kubectl's, else that of a server on this machine; without one, addresses do.",
        HelpName = "FILE",
    };

    /// <summary><c>--pin-dir DIR</c>.</summary>
    public static Option<string> PinDirectory() => new("--pin-dir")
    {
        Description = "Where the agent pins maps and links, so that they outlive it. Two agents on one machine need two.",
        HelpName = "DIR",
        DefaultValueFactory = _ => BpfFileSystem.DefaultPath + "/lodestone",
    };

    /// <summary><c>--health-listen HOST:PORT</c>.</summary>
    public static Option<string?> HealthListen() => new("--health-listen")
    {
        Description = "Serve /livez, /readyz and /metrics there, over plain HTTP. Default: nowhere.",
        HelpName = "HOST:PORT",
    };

    /// <summary>What the user said to <see cref="HealthListen"/>; null: nothing.</summary>
    /// <exception cref="CommandException">It is no address.</exception>
    public static IPEndPoint? ReadHealthListen(ParseResult result, Option<string?> option) =>
        result.GetValue(option) is { } text ? ListenAddress.Parse("--health-listen", text) : null;

    /// <summary><c>--data-dir DIR</c>.</summary>
    public static Option<string> DataDirectory() => new("--data-dir")
    {
        Description = "Where the store, the certificates and the kubeconfig are kept.",
        HelpName = "DIR",
        DefaultValueFactory = _ => DefaultDataDirectory,
    };

    /// <summary><c>--listen HOST:PORT</c>, repeatable.</summary>
    public static Option<string[]> Listen() => new("--listen")
    {
        Description = "Where the API is served; repeatable. An IPv6 address stands in brackets.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => ["127.0.0.1:6443"],
    };

    /// <summary><c>--host-name NAME</c>.</summary>
    public static Option<string> HostName() => new("--host-name")
    {
        Description = "Name of this machine's Host object, and the host part of lodestone://HOST/DEVICE.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Environment.MachineName.ToLowerInvariant(),
    };

    /// <summary><c>--uplink DEVICE</c>.</summary>
    public static Option<string?> Uplink() => new("--uplink")
    {
        Description = "Device that faces the network. Default: the one with the default route.",
        HelpName = "DEVICE",
    };

    /// <summary><c>--role gateway|hypervisor</c>, repeatable.</summary>
    public static Option<string[]> Roles()
    {
        var option = new Option<string[]>("--role")
        {
            Description = "gateway announces VIPs, hypervisor serves NetworkInterfaces; repeatable. Default: both.",
            HelpName = "gateway|hypervisor",
            DefaultValueFactory = _ => ["gateway", "hypervisor"],
        };
        option.AcceptOnlyFromAmong("gateway", "hypervisor");
        return option;
    }
}
