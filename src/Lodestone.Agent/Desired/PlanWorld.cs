using Lodestone.Api.Ipam;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Informers;

namespace Lodestone.Agent.Desired;

/// <summary>The objects of a snapshot that there may be many of, by name.</summary>
internal sealed class PlanWorld(WorldSnapshot snapshot)
{
    /// <summary>The snapshot.</summary>
    public WorldSnapshot Snapshot => snapshot;

    /// <summary>All networks.</summary>
    public ObjectPicture<Network> Networks { get; } = ObjectPicture<Network>.From(snapshot.Networks);

    /// <summary>All network interfaces.</summary>
    public ObjectPicture<NetworkInterface> NetworkInterfaces { get; } = ObjectPicture<NetworkInterface>.From(snapshot.NetworkInterfaces);

    /// <summary>All prefixes.</summary>
    public ObjectPicture<Prefix> Prefixes { get; } = ObjectPicture<Prefix>.From(snapshot.Prefixes);

    /// <summary>All load balancers.</summary>
    public ObjectPicture<LoadBalancer> LoadBalancers { get; } = ObjectPicture<LoadBalancer>.From(snapshot.LoadBalancers);

    /// <summary>All routings.</summary>
    public ObjectPicture<LoadBalancerRouting> Routings { get; } = ObjectPicture<LoadBalancerRouting>.From(snapshot.Routings);

    /// <summary>All slices of routings.</summary>
    public ObjectPicture<LoadBalancerRoutingSlice> RoutingSlices { get; } = ObjectPicture<LoadBalancerRoutingSlice>.From(snapshot.RoutingSlices);
}
