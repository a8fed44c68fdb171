using System.Collections.Immutable;

namespace Lodestone.Agent.Desired;

/// <summary>What a state was computed from, part by part: the next computation takes over parts of which all inputs are the same. Not changed once computed.</summary>
/// <remarks>Objects of the API are not changed either, so the same instance is the same input.</remarks>
internal sealed class PlanMemo
{
    /// <summary>The snapshot.</summary>
    public required WorldSnapshot World { get; init; }

    /// <summary>VIPs of the state that it belongs to: a state that somebody made out of it has others, and no memo.</summary>
    public required ImmutableArray<VipModel> Vips { get; init; }

    /// <summary>Names of the gateways that are ready.</summary>
    public required string[] Gateways { get; init; }

    /// <summary>Parts by UID of load balancers.</summary>
    public required Dictionary<string, LoadBalancerPart> LoadBalancers { get; init; }

    /// <summary>Reals by target.</summary>
    public required Dictionary<ulong, RealPart> Reals { get; init; }

    /// <summary>How targets of that world are found.</summary>
    public required RealResolver Resolver { get; init; }
}
