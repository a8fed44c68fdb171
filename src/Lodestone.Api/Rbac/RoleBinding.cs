using Lodestone.Api.Meta;

namespace Lodestone.Api.Rbac;

/// <summary>Grants a role in its namespace (rbac/v1).</summary>
public sealed class RoleBinding : KubernetesObject
{
    /// <summary>Whom.</summary>
    public List<Subject>? Subjects { get; set; }
    /// <summary>What.</summary>
    public RoleRef RoleRef { get; set; } = new();
}
