using System.Collections.Immutable;
using Lodestone.Api.Meta;

namespace Lodestone.Agent.Desired;

/// <summary>A load balancer that has addresses, which this gateway is to serve. Immutable.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Generation">The generation that its VIPs were made from.</param>
/// <param name="RingGeneration">The generation of the ring that its VIPs have; null without a routing.</param>
/// <param name="Vips">Its VIPs, those that are desired, in order.</param>
public sealed record LoadBalancerModel(ObjectKey Key, string Uid, long? Generation, long? RingGeneration, ImmutableArray<VipKey> Vips)
{
    /// <inheritdoc/>
    public bool Equals(LoadBalancerModel? other) =>
        other is not null
        && Key == other.Key
        && Uid == other.Uid
        && Generation == other.Generation
        && RingGeneration == other.RingGeneration
        && Vips.AsSpan().SequenceEqual(other.Vips.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Key, Uid, Generation, RingGeneration);
}
