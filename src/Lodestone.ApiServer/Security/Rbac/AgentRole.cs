using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>What node agents may do. What of it counts for which object is told by the objects themselves, where Lodestone's own server is asked: <c>Admission/AgentAdmission</c>.</summary>
public static class AgentRole
{
    /// <summary>In all namespaces and to objects of cluster scope.</summary>
    public static IReadOnlyList<PolicyRule> ClusterRules() =>
    [
        BootstrapPolicy.Resources(BootstrapPolicy.Read, [ResourceDefinitions.NetworkingGroup, ResourceDefinitions.PlatformGroup], "*"),
        BootstrapPolicy.Resources(BootstrapPolicy.Read, [ResourceDefinitions.Prefix.Group], ResourceDefinitions.Prefix.Plural),
        BootstrapPolicy.Resources(["create", "patch", "update"], [ResourceDefinitions.PlatformGroup], "hosts"),
        BootstrapPolicy.Resources(["patch", "update"], [ResourceDefinitions.PlatformGroup], "hosts/status"),
        BootstrapPolicy.Resources(["patch", "update"], [ResourceDefinitions.NetworkingGroup], "loadbalancers/status", "networkinterfaces/status"),
        BootstrapPolicy.Resources(BootstrapPolicy.Read, [""], "namespaces"),
        BootstrapPolicy.Resources([.. BootstrapPolicy.Read, "create", "patch", "update"], [""], "events"),
    ];

    /// <summary>In the namespace <c>lodestone-system</c>, where the Leases are.</summary>
    public static IReadOnlyList<PolicyRule> SystemRules() =>
        [BootstrapPolicy.Resources([.. BootstrapPolicy.Read, "create", "delete", "patch", "update"], ["coordination.k8s.io"], "leases")];
}
