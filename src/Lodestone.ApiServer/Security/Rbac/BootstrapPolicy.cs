using Lodestone.Api.Meta;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.Client.Certificates;
using Lodestone.Controllers;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>The roles and bindings that are there from the start: Kubernetes' own as far as their resources are served, and Lodestone's.</summary>
/// <remarks>Kubernetes' are those of its <c>bootstrappolicy</c>; clients and manifests name them.</remarks>
internal static class BootstrapPolicy
{
    /// <summary>With the value <c>false</c> on a role or binding, it is left as it is at the next start.</summary>
    public const string AutoUpdateAnnotation = "rbac.authorization.kubernetes.io/autoupdate";

    private const string BootstrappingLabel = "kubernetes.io/bootstrapping";
    private const string AggregateTo = "rbac.authorization.k8s.io/aggregate-to-";
    private const string IpamGroup = "ipam.ironcore.dev";

    private static readonly string[] All = ["*"];
    internal static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];
    private static readonly string[] ReadWrite = [.. Read, .. Write];
    private static readonly string[] OurGroups = [ResourceDefinitions.NetworkingGroup, IpamGroup, ResourceDefinitions.PlatformGroup];
    private static readonly string[] RbacResources = ["clusterrolebindings", "clusterroles", "rolebindings", "roles"];

    /// <summary>The cluster roles; new objects every time.</summary>
    public static IReadOnlyList<ClusterRole> ClusterRoles(bool withServices) =>
    [
        Role("cluster-admin", null, Resources(All, All, "*"), Paths(All, "*")),
        Role("system:discovery", null, Paths(["get"], "/healthz", "/livez", "/readyz", "/version", "/version/", "/openapi", "/openapi/*", "/api", "/api/*", "/apis", "/apis/*")),
        Role("system:public-info-viewer", null, Paths(["get"], "/healthz", "/healthz/*", "/livez", "/livez/*", "/readyz", "/readyz/*", "/version", "/version/")),
        Role("system:monitoring", null, Paths(["get"], "/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/metrics/slis", "/readyz", "/readyz/*")),
        Role(
            "system:basic-user",
            null,
            Resources(["create"], ["authorization.k8s.io"], "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
            Resources(["create"], ["authentication.k8s.io"], "selfsubjectreviews")),
        Role(
            "system:auth-delegator",
            null,
            Resources(["create"], ["authentication.k8s.io"], "tokenreviews"),
            Resources(["create"], ["authorization.k8s.io"], "subjectaccessreviews")),
        Role(
            "system:service-account-issuer-discovery",
            null,
            Paths(["get"], "/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/")),

        Aggregate("admin", null, "admin"),
        Aggregate("edit", "admin", "edit"),
        Aggregate("view", "edit", "view"),
        Role(
            "system:aggregate-to-admin",
            "admin",
            Resources(["create"], ["authorization.k8s.io"], "localsubjectaccessreviews"),
            Resources(ReadWrite, [ResourceDefinitions.RbacGroup], "rolebindings", "roles")),
        Role(
            "system:aggregate-to-edit",
            "edit",
            Resources(Read, [""], "secrets"),
            Resources(["impersonate"], [""], "serviceaccounts"),
            Resources(Write, [""], "configmaps", "events", "secrets", "serviceaccounts"),
            Resources(["create"], [""], "serviceaccounts/token"),
            Resources(ReadWrite, ["coordination.k8s.io"], "leases")),
        Role(
            "system:aggregate-to-view",
            "view",
            Resources(Read, [""], "configmaps", "events", "namespaces", "namespaces/status", "serviceaccounts"),
            Resources(Read, ["events.k8s.io"], "events")),
        Role(
            "lodestone:aggregate-to-edit",
            "edit",
            Resources(Write, [ResourceDefinitions.NetworkingGroup], "loadbalancers", "networkinterfaces", "networks"),
            Resources(Write, [IpamGroup], "prefixallocations", "prefixes")),
        Role(
            "lodestone:aggregate-to-view",
            "view",
            Resources(Read, [ResourceDefinitions.NetworkingGroup, IpamGroup], "*")),

        Role(
            "lodestone:admin",
            null,
            Resources(All, OurGroups, "*"),
            Resources(ReadWrite, [""], "configmaps", "events", "namespaces", "secrets", "serviceaccounts"),
            Resources(["create"], [""], "serviceaccounts/token"),
            Resources(["update"], [""], "namespaces/finalize"),
            Resources(ReadWrite, ["events.k8s.io"], "events"),
            Resources(ReadWrite, ["coordination.k8s.io"], "leases"),
            Resources(ReadWrite, [ResourceDefinitions.RbacGroup], RbacResources),
            Resources([.. Read, "delete"], [ResourceDefinitions.CertificatesGroup], "certificatesigningrequests"),
            Resources(["patch", "update"], [ResourceDefinitions.CertificatesGroup], "certificatesigningrequests/approval"),
            new PolicyRule { Verbs = ["approve"], ApiGroups = [ResourceDefinitions.CertificatesGroup], Resources = ["signers"], ResourceNames = [Api.Certificates.SignerNames.Agent] },
            Resources(["create"], ["authorization.k8s.io"], "localsubjectaccessreviews", "subjectaccessreviews"),
            Resources(["create"], ["authentication.k8s.io"], "tokenreviews"),
            Paths(["get"], "/metrics", "/metrics/*")),
        Role(
            "lodestone:viewer",
            null,
            Resources(Read, OurGroups, "*"),
            Resources(Read, [""], "configmaps", "events", "namespaces", "namespaces/status", "serviceaccounts"),
            Resources(Read, ["events.k8s.io"], "events"),
            Resources(Read, ["coordination.k8s.io"], "leases"),
            Resources(Read, [ResourceDefinitions.RbacGroup], RbacResources),
            Resources(Read, [ResourceDefinitions.CertificatesGroup], "certificatesigningrequests"),
            Paths(["get"], "/metrics", "/metrics/*")),
        Role("lodestone:controller", null, [.. ControllerRole.ClusterRules(withServices), .. ControllerRole.SystemRules()]),

        Role("lodestone:agent", null, [.. AgentRole.ClusterRules(), .. AgentRole.SystemRules(), .. AgentRole.CertificateRules()]),
        Role("lodestone:agent-bootstrapper", null, [.. AgentRole.CertificateRules()]),
        Role("lodestone:cluster-info", null, new PolicyRule { Verbs = ["get"], ApiGroups = [""], Resources = ["configmaps"], ResourceNames = [Certificates.ClusterInfo.Name] }),
    ];

    /// <summary>The bindings; new objects every time.</summary>
    public static IReadOnlyList<ClusterRoleBinding> ClusterRoleBindings() =>
    [
        Binding("cluster-admin", UserInfo.Masters),
        Binding("system:discovery", UserInfo.Authenticated),
        Binding("system:basic-user", UserInfo.Authenticated),
        Binding("system:public-info-viewer", UserInfo.Authenticated, UserInfo.Unauthenticated),
        Binding("system:monitoring", "system:monitoring"),
        Binding("system:service-account-issuer-discovery", UserInfo.ServiceAccounts),
        Binding("lodestone:admin", UserInfo.Admins),
        Binding("lodestone:viewer", UserInfo.Viewers),
        Binding("lodestone:controller", UserInfo.Controllers),
        Binding("lodestone:agent", UserInfo.Agents),
        Binding("lodestone:agent-bootstrapper", BootstrapToken.AgentsGroup),
        Binding("lodestone:cluster-info", UserInfo.Unauthenticated),
    ];

    private static ClusterRole Role(string name, string? aggregateTo, params PolicyRule[] rules) =>
        new() { Metadata = Metadata(name, aggregateTo), Rules = [.. rules] };

    private static ClusterRole Aggregate(string name, string? aggregateTo, string from) => new()
    {
        Metadata = Metadata(name, aggregateTo),
        AggregationRule = new AggregationRule { ClusterRoleSelectors = [new LabelSelector { MatchLabels = new() { [AggregateTo + from] = "true" } }] },
    };

    private static ClusterRoleBinding Binding(string role, params string[] groups) => new()
    {
        Metadata = Metadata(role, null),
        RoleRef = new RoleRef { ApiGroup = ResourceDefinitions.RbacGroup, Kind = "ClusterRole", Name = role },
        Subjects = [.. groups.Select(g => new Subject { Kind = "Group", ApiGroup = ResourceDefinitions.RbacGroup, Name = g })],
    };

    private static ObjectMeta Metadata(string name, string? aggregateTo)
    {
        var labels = new Dictionary<string, string> { [BootstrappingLabel] = "rbac-defaults" };
        if (aggregateTo is not null)
        {
            labels[AggregateTo + aggregateTo] = "true";
        }

        return new ObjectMeta { Name = name, Labels = labels, Annotations = new() { [AutoUpdateAnnotation] = "true" } };
    }

    internal static PolicyRule Resources(string[] verbs, string[] groups, params string[] resources) =>
        new() { Verbs = [.. verbs], ApiGroups = [.. groups], Resources = [.. resources] };

    private static PolicyRule Paths(string[] verbs, params string[] urls) => new() { Verbs = [.. verbs], NonResourceURLs = [.. urls] };
}
