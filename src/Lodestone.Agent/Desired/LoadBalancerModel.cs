using Lodestone.Api.Meta;

namespace Lodestone.Agent.Desired;

/// <summary>A load balancer that has addresses, which this gateway is to serve. Immutable.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Generation">The generation that its VIPs were made from.</param>
/// <param name="RingGeneration">The generation of the ring that its VIPs have; null without a routing.</param>
public sealed record LoadBalancerModel(ObjectKey Key, string Uid, long? Generation, long? RingGeneration);
