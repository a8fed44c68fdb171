using System.Net;

namespace Lodestone.Cli.Lab;

/// <summary>What a <see cref="NetworkLab"/> is built from.</summary>
internal sealed record LabOptions
{
    /// <summary>Workloads on <c>host-a</c>, by name.</summary>
    public IReadOnlyList<string> WorkloadsOnHostA { get; init; } = ["web-1", "web-2"];

    /// <summary>Workloads on <c>host-b</c>, by name.</summary>
    public IReadOnlyList<string> WorkloadsOnHostB { get; init; } = ["web-3"];

    /// <summary>Where VIPs come from; the client takes these addresses to be on its link, as a router of the segment would.</summary>
    public IPNetwork Ipv4Pool { get; init; } = IPNetwork.Parse("203.0.113.0/28");

    /// <summary>The same for IPv6.</summary>
    public IPNetwork Ipv6Pool { get; init; } = IPNetwork.Parse("2001:db8:cafe::/120");

    /// <summary>MTU of the segment and the hosts' uplinks: 1500 and room for an outer IPv6 header.</summary>
    public int SegmentMtu { get; init; } = 1600;

    /// <summary>MTU of the client and the workloads.</summary>
    public int EdgeMtu { get; init; } = 1500;

    /// <summary>
    /// Whether senders finish checksums and keep to the MTU, as wire has it. What encapsulates on a veth needs it. False leaves the kernel's own
    /// settings, with which a local sender leaves work out that no wire would spare it.
    /// </summary>
    public bool BehavesLikeWire { get; init; } = true;

    /// <summary>Whether the switch takes frames that XDP sends back (XDP_TX), which a veth does only when its far end has an XDP program, too.</summary>
    public bool TakesXdpFrames { get; init; } = true;

    /// <summary>The agents' <c>--xdp-mode</c>; environment variable <c>LODESTONE_LAB_XDP_MODE</c> changes the default, so that a run of all tests can show another one.</summary>
    public string XdpMode { get; init; } = Environment.GetEnvironmentVariable("LODESTONE_LAB_XDP_MODE") ?? "auto";

    /// <summary>Whether agents use the machines' IPv4 addresses only, so that NICs are reached in Geneve.</summary>
    public bool IsUnderlayIPv4 { get; init; }
}
