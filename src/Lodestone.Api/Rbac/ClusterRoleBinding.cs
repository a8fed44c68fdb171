using Lodestone.Api.Meta;

namespace Lodestone.Api.Rbac;

/// <summary>Grants a cluster role at the cluster scope and in all namespaces (rbac/v1).</summary>
public sealed class ClusterRoleBinding : KubernetesObject
{
    /// <summary>Whom.</summary>
    public List<Subject>? Subjects { get; set; }
    /// <summary>What.</summary>
    public RoleRef RoleRef { get; set; } = new();
}
