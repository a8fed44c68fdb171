using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>Where a <see cref="LoadBalancer"/> of the same name sends its traffic (ironcore, api/networking/v1alpha1/loadbalancerrouting_types.go). Written by the routing controller, read by agents.</summary>
/// <remarks>
/// IronCore has neither spec nor status here. <see cref="RingGeneration"/>, <see cref="RingHistory"/> and <see cref="Draining"/> are
/// additive: with them every gateway computes the same ring, also one that starts in the middle of a change. So are <see cref="Total"/>
/// and <see cref="Slices"/>: what is too large for one object is in slices, and the routing keeps the first destinations for readers that
/// know no slices (docs/adr/0008-routing-slices.md).
/// </remarks>
public sealed class LoadBalancerRouting : KubernetesObject
{
    /// <summary>Most targets of a family that a load balancer can have: every one needs a slot of the ring, and the largest has so many.</summary>
    public const int MaxTargets = 65_536;

    /// <summary>The exact network.</summary>
    public LocalUidReference? NetworkRef { get; set; }
    /// <summary>What takes new flows, sorted by UID and address; with <see cref="Slices"/> only the first of them.</summary>
    public List<LoadBalancerDestination>? Destinations { get; set; }
    /// <summary>How many destinations there are in all slices; absent without slices.</summary>
    public long? Total { get; set; }
    /// <summary>The slices that hold all destinations, all that drains, and who came and left; absent where the routing itself does.</summary>
    public List<RoutingSliceRef>? Slices { get; set; }
    /// <summary>Counts changes of <see cref="Destinations"/>.</summary>
    public long? RingGeneration { get; set; }
    /// <summary>Changes still in their learning window, oldest first.</summary>
    public List<RingChange>? RingHistory { get; set; }
    /// <summary>Who left but lives and keeps the flows it has.</summary>
    public List<LoadBalancerDraining>? Draining { get; set; }
    /// <summary>What a LoadBalancerPolicy makes gateways do; absent: there is none. Additive.</summary>
    public RoutingPolicy? Policy { get; set; }
}
