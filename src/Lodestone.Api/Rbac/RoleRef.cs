namespace Lodestone.Api.Rbac;

/// <summary>The role that a binding grants (rbac/v1 RoleRef). It can't be changed.</summary>
public sealed class RoleRef
{
    /// <summary><c>rbac.authorization.k8s.io</c>.</summary>
    public string ApiGroup { get; set; } = "";
    /// <summary><c>Role</c>, of the binding's namespace, or <c>ClusterRole</c>.</summary>
    public string Kind { get; set; } = "";
    /// <summary>Name of the role.</summary>
    public string Name { get; set; } = "";
}
