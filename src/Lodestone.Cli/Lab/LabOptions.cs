using System.Net;

namespace Lodestone.Cli.Lab;

/// <summary>What a <see cref="NetworkLab"/> is built from.</summary>
internal sealed record LabOptions
{
    /// <summary>The machines on the segment and the workloads of each, at most nine.</summary>
    public IReadOnlyList<LabHostPlan> Hosts { get; init; } = [new("host-a", "web-1", "web-2"), new("host-b", "web-3")];

    /// <summary>What the machine is called that asks for VIPs on the segment: a client, or a router with clients behind it.</summary>
    public string ClientName { get; init; } = "client";

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

    /// <summary>
    /// Whether the switch sends frames for machines it does not know to all. Real NICs then leave out what is for others; a veth does not, so where a cable is
    /// pulled the other machines would get the frames of the one that is gone.
    /// </summary>
    public bool FloodsUnknownFrames { get; init; } = true;

    /// <summary>The agents' <c>--xdp-mode</c>; environment variable <c>LODESTONE_LAB_XDP_MODE</c> changes the default, so that a run of all tests can show another one.</summary>
    public string XdpMode { get; init; } = Environment.GetEnvironmentVariable("LODESTONE_LAB_XDP_MODE") ?? "auto";

    /// <summary>Whether agents use the machines' IPv4 addresses only, so that NICs are reached in Geneve.</summary>
    public bool IsUnderlayIPv4 { get; init; }
}
