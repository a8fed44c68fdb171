using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>Where a <see cref="LoadBalancer"/> of the same name sends its traffic (ironcore, api/networking/v1alpha1/loadbalancerrouting_types.go). Written by the routing controller, read by agents.</summary>
/// <remarks>
/// IronCore has neither spec nor status here. <see cref="RingGeneration"/>, <see cref="RingHistory"/> and <see cref="Draining"/> are
/// additive: with them every gateway computes the same ring, also one that starts in the middle of a change.
/// </remarks>
public sealed class LoadBalancerRouting : KubernetesObject
{
    /// <summary>The exact network.</summary>
    public LocalUidReference? NetworkRef { get; set; }
    /// <summary>What takes new flows, sorted by UID and address.</summary>
    public List<LoadBalancerDestination>? Destinations { get; set; }
    /// <summary>Counts changes of <see cref="Destinations"/>.</summary>
    public long? RingGeneration { get; set; }
    /// <summary>Changes still in their learning window, oldest first.</summary>
    public List<RingChange>? RingHistory { get; set; }
    /// <summary>Who left but lives and keeps the flows it has.</summary>
    public List<LoadBalancerDraining>? Draining { get; set; }
}
