namespace Lodestone.Api.Rbac;

/// <summary>Whom a binding grants its role (rbac/v1 Subject).</summary>
public sealed class Subject
{
    /// <summary><c>User</c>, <c>Group</c> or <c>ServiceAccount</c>.</summary>
    public string Kind { get; set; } = "";
    /// <summary><c>rbac.authorization.k8s.io</c> for users and groups, absent for service accounts.</summary>
    public string? ApiGroup { get; set; }
    /// <summary>Name of the subject.</summary>
    public string Name { get; set; } = "";
    /// <summary>Namespace of a service account.</summary>
    public string? Namespace { get; set; }
}
