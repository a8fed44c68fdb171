using System.Collections.Immutable;
using Lodestone.Api.Ipam;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>All that the desired state is a function of, taken at one moment. Nothing in it is changed afterwards.</summary>
public sealed record WorldSnapshot
{
    /// <summary>Name of this machine's <see cref="Host"/>.</summary>
    public required string HostName { get; init; }

    /// <summary>Whether this machine serves and announces public VIPs.</summary>
    public required bool IsGateway { get; init; }

    /// <summary>This machine on the underlay.</summary>
    public required UnderlayModel Underlay { get; init; }

    /// <summary>Whether machines that are no Host may encapsulate to this one.</summary>
    public bool TrustsAnySource { get; init; }

    /// <summary>Names of the hosts that are ready and whose lease is kept.</summary>
    public required IReadOnlySet<string> ReadyHosts { get; init; }

    /// <summary>Whether the uplink has a link partner: without one this machine announces nothing.</summary>
    public bool HasCarrier { get; init; } = true;

    /// <summary>Addresses that this machine must not answer for on the segment, whoever is elected. The same instance until it changes.</summary>
    public IReadOnlySet<DatapathAddress> Silent { get; init; } = ImmutableHashSet<DatapathAddress>.Empty;

    /// <summary>All hosts, also those that are not ready: their NICs are still encapsulated to.</summary>
    public required IReadOnlyCollection<Host> Hosts { get; init; }

    /// <summary>All networks.</summary>
    public required IReadOnlyCollection<Network> Networks { get; init; }

    /// <summary>All network interfaces, of every host.</summary>
    public required IReadOnlyCollection<NetworkInterface> NetworkInterfaces { get; init; }

    /// <summary>All prefixes: some are the addresses of network interfaces.</summary>
    public required IReadOnlyCollection<Prefix> Prefixes { get; init; }

    /// <summary>The routers that this machine speaks BGP with, by name.</summary>
    public ImmutableArray<BGPPeer> BgpPeers { get; init; } = [];

    /// <summary>All load balancers.</summary>
    public required IReadOnlyCollection<LoadBalancer> LoadBalancers { get; init; }

    /// <summary>All routings.</summary>
    public required IReadOnlyCollection<LoadBalancerRouting> Routings { get; init; }

    /// <summary>All slices of routings that are too large for one object.</summary>
    public IReadOnlyCollection<LoadBalancerRoutingSlice> RoutingSlices { get; init; } = [];

    /// <summary>Devices of this machine by name.</summary>
    public required IReadOnlyDictionary<string, LocalDevice> Devices { get; init; }

    /// <summary>Link-layer addresses of next hops, by the underlay address of the host they lead to.</summary>
    public required IReadOnlyDictionary<IPAddress, MacAddress> NextHops { get; init; }
}
