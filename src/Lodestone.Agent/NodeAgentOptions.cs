using System.Net;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Apply;
using Lodestone.Bpf;

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

    /// <summary>The one address that this machine encapsulates from and other machines reach it at; null: the uplink's first global one of each family.</summary>
    public IPAddress? UnderlayAddress { get; init; }

    /// <summary>Whether machines that are no Host may encapsulate to this one's network interfaces: routers, or another balancer's.</summary>
    public bool TrustsAnySource { get; init; }

    /// <summary>The /64 of this machine's NICs on the underlay; null: a unique local one made from the host's name.</summary>
    public IPNetwork? UnderlayPrefix { get; init; }

    /// <summary>Where maps and links are pinned, in a BPF file system. Of this machine alone.</summary>
    public string BpffsDirectory { get; init; } = "/sys/fs/bpf/lodestone";

    /// <summary>The secret flows are hashed under: 32 bytes in hexadecimal, the same on all gateways. Made, with mode 0600, where there is none.</summary>
    public required string FlowHashKeyFile { get; init; }

    /// <summary>The kubeconfig whose certificate the agent renews; null: somebody else does, or there is none.</summary>
    public string? RenewedKubeconfig { get; init; }

    /// <summary>Where the uplink's packets meet XDP, if anywhere.</summary>
    public XdpModeChoice XdpMode { get; init; }

    /// <summary>VLAN id of the frames that are served at the uplink, outer | inner &lt;&lt; 16; null: that of the uplink where it is a VLAN's device, else untagged ones.</summary>
    public uint? UplinkVlans { get; init; }

    /// <summary>Attach tc programs as filters in clsact even where the kernel has tcx (6.6).</summary>
    public bool UseTcFilters { get; init; }

    /// <summary>How long this machine's Lease lasts without being renewed; renewed four times as often. Whole seconds, the same on all gateways.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How it speaks BGP, once a BGPPeer selects it.</summary>
    public BgpOptions Bgp { get; init; } = new();

    /// <summary>Sizes of the maps.</summary>
    public DatapathCapacities Capacities { get; init; } = new();
}
