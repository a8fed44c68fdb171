using Lodestone.Api.Meta;

namespace Lodestone.Api.Rbac;

/// <summary>What may be done in its namespace (rbac/v1).</summary>
public sealed class Role : KubernetesObject
{
    /// <summary>What is allowed; whatever no rule allows is not.</summary>
    public List<PolicyRule>? Rules { get; set; }
}
