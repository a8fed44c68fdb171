namespace Lodestone.Api.Rbac;

/// <summary>What may be done to which resources, or paths (rbac/v1 PolicyRule). <c>*</c> stands for all.</summary>
public sealed class PolicyRule
{
    /// <summary>Verbs that are allowed.</summary>
    public List<string>? Verbs { get; set; }
    /// <summary>API groups of the resources; the empty string is the core group.</summary>
    public List<string>? ApiGroups { get; set; }
    /// <summary>Resources, and subresources as <c>loadbalancers/status</c>.</summary>
    public List<string>? Resources { get; set; }
    /// <summary>Names of objects; empty: all.</summary>
    public List<string>? ResourceNames { get; set; }
    /// <summary>Paths that are no resources, with an optional <c>*</c> as their last step. Of cluster roles only.</summary>
    public List<string>? NonResourceURLs { get; set; }
}
