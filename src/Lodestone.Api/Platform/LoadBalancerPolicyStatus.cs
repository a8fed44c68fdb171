using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>What was observed of a <see cref="LoadBalancerPolicy"/>.</summary>
public sealed class LoadBalancerPolicyStatus
{
    /// <summary><c>Accepted</c>, <c>Attached</c>.</summary>
    public List<Condition>? Conditions { get; set; }
}
