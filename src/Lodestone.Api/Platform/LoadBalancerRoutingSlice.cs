using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Api.Platform;

/// <summary>A part of a <see cref="LoadBalancerRouting"/> that is too large for one object. Written once and never changed; the routing lists the slices that count.</summary>
public sealed class LoadBalancerRoutingSlice : KubernetesObject
{
    /// <summary>The exact routing it is a part of.</summary>
    public LocalUidReference? RoutingRef { get; set; }
    /// <summary>What takes new flows, sorted by UID and address.</summary>
    public List<LoadBalancerDestination>? Destinations { get; set; }
    /// <summary>Who came and left with the changes that the routing lists, oldest first; changes without a target of this slice are left out.</summary>
    public List<RingMembers>? RingHistory { get; set; }
    /// <summary>Who left but lives and keeps the flows it has.</summary>
    public List<LoadBalancerDraining>? Draining { get; set; }
}
