using System.Net;
using Lodestone.Agent.Apply;

namespace Lodestone.Agent;

/// <summary>What a node agent is told about its machine.</summary>
public sealed record NodeAgentOptions
{
    /// <summary>Name of the machine's Host, as provider ids have it.</summary>
    public required string HostName { get; init; }

    /// <summary>The device towards other machines and clients.</summary>
    public required string UplinkDevice { get; init; }

    /// <summary><c>Gateway</c> and/or <c>Hypervisor</c>.</summary>
    public IReadOnlyList<string> Roles { get; init; } = ["Gateway", "Hypervisor"];

    /// <summary>IPv6 address other machines encapsulate from and reach this one at; null: the first global one of the uplink.</summary>
    public IPAddress? UnderlayAddress { get; init; }

    /// <summary>The /64 of this machine's NICs on the underlay; null: a unique local one made from the host's name.</summary>
    public IPNetwork? UnderlayPrefix { get; init; }

    /// <summary>Where maps and links are pinned, in a BPF file system. Of this machine alone.</summary>
    public string BpffsDirectory { get; init; } = "/sys/fs/bpf/lodestone";

    /// <summary>The secret flows are hashed under: 32 bytes in hexadecimal, the same on all gateways. Made, with mode 0600, where there is none.</summary>
    public required string FlowHashKeyFile { get; init; }

    /// <summary>Sizes of the maps.</summary>
    public DatapathCapacities Capacities { get; init; } = new();
}
