using System.Collections.Immutable;
using Lodestone.Datapath.Ring;

namespace Lodestone.Agent.Desired;

/// <summary>What a LoadBalancerRouting says, read and checked. Immutable.</summary>
/// <param name="Version">UID and resourceVersion of the object: equal versions say the same.</param>
/// <param name="IPv4">Targets of the IPv4 ring.</param>
/// <param name="IPv6">Targets of the IPv6 ring.</param>
/// <param name="Targets">Every target of either ring, and those that drain.</param>
public sealed record RoutingModel(string Version, RingHistory IPv4, RingHistory IPv6, ImmutableDictionary<ulong, TargetModel> Targets)
{
    /// <summary>The object's <c>ringGeneration</c>. Null: it has none.</summary>
    public long? RingGeneration { get; init; }

    /// <summary>Until when unknown UDP flows are taken for older ones than the last change. Null: there is no change to remember.</summary>
    public DateTimeOffset? UdpUntil { get; init; }

    /// <summary>No targets: what a VIP without a routing has.</summary>
    public static RoutingModel Empty { get; } =
        new("", new RingHistory([]), new RingHistory([]), ImmutableDictionary<ulong, TargetModel>.Empty);
}
