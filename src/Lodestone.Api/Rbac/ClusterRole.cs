using Lodestone.Api.Meta;

namespace Lodestone.Api.Rbac;

/// <summary>What may be done at the cluster scope, in all namespaces, or in those of the bindings that name it (rbac/v1).</summary>
public sealed class ClusterRole : KubernetesObject
{
    /// <summary>What is allowed; whatever no rule allows is not.</summary>
    public List<PolicyRule>? Rules { get; set; }
    /// <summary>Where given, a controller fills <see cref="Rules"/> from other cluster roles.</summary>
    public AggregationRule? AggregationRule { get; set; }
}
