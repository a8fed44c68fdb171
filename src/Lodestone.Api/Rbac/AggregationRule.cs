using Lodestone.Api.Meta;

namespace Lodestone.Api.Rbac;

/// <summary>Which cluster roles make up another (rbac/v1 AggregationRule).</summary>
public sealed class AggregationRule
{
    /// <summary>The rules of every cluster role that any of these selects are added.</summary>
    public List<LabelSelector>? ClusterRoleSelectors { get; set; }
}
