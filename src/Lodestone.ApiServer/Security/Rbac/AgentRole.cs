using Lodestone.Api.Platform;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>What node agents may do. What of it counts for which object is told by the objects themselves, where Lodestone's own server is asked: <c>Admission/AgentAdmission</c>.</summary>
public static class AgentRole
{
    /// <summary>The namespace of Leases and of <see cref="FlowHashSecret"/>.</summary>
    public const string SystemNamespace = "lodestone-system";

    /// <summary>The key of that Secret's data: 64 hexadecimal digits.</summary>
    public const string FlowHashSecretKey = "key";

    /// <summary>The Secret that holds what flows are hashed under, for gateways.</summary>
    public const string FlowHashSecret = "lodestone-flow-hash";

    /// <summary>In all namespaces and to objects of cluster scope.</summary>
    public static IReadOnlyList<PolicyRule> ClusterRules() =>
    [
        BootstrapPolicy.Resources(BootstrapPolicy.Read, [ResourceDefinitions.NetworkingGroup, ResourceDefinitions.PlatformGroup], "*"),
        BootstrapPolicy.Resources(BootstrapPolicy.Read, [ResourceDefinitions.Prefix.Group], ResourceDefinitions.Prefix.Plural),
        BootstrapPolicy.Resources(["create", "patch", "update"], [ResourceDefinitions.PlatformGroup], "hosts"),
        BootstrapPolicy.Resources(["patch", "update"], [ResourceDefinitions.PlatformGroup], "bgppeers/status", "hosts/status"),
        BootstrapPolicy.Resources(["patch", "update"], [ResourceDefinitions.NetworkingGroup], "loadbalancers/status", "networkinterfaces/status"),
        BootstrapPolicy.Resources(BootstrapPolicy.Read, [""], "namespaces"),
        BootstrapPolicy.Resources([.. BootstrapPolicy.Read, "create", "patch", "update"], [""], "events"),
    ];

    /// <summary>In the namespace <c>lodestone-system</c>, where the Leases are, and the two Secrets that agents may read.</summary>
    public static IReadOnlyList<PolicyRule> SystemRules()
    {
        PolicyRule secrets = BootstrapPolicy.Resources(["get"], [""], "secrets");
        secrets.ResourceNames = [FlowHashSecret, BGPPasswords.SecretName];
        return [BootstrapPolicy.Resources([.. BootstrapPolicy.Read, "create", "delete", "patch", "update"], ["coordination.k8s.io"], "leases"), secrets];
    }

    /// <summary>To renew the certificate, where Lodestone's own server is the CA.</summary>
    public static IReadOnlyList<PolicyRule> CertificateRules() =>
        [BootstrapPolicy.Resources(["create", "get"], [ResourceDefinitions.CertificatesGroup], ResourceDefinitions.CertificateSigningRequest.Plural)];
}
