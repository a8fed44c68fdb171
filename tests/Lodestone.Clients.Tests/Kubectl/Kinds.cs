namespace Lodestone.Clients.Tests.Kubectl;

/// <summary>A small valid object of every kind that is served and that people write.</summary>
/// <remarks>
/// Each has at least a label: as in Kubernetes, an object created without any field has no managers, a first server-side apply then calls all its
/// fields <c>before-first-apply</c>, and kubectl takes those for its own.
/// </remarks>
internal static class Kinds
{
    /// <summary>Resource as <c>kubectl</c> names it, and the object; NAME is replaced.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["loadbalancers"] = """
            {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"NAME"},
             "spec":{"type":"Public","ipFamilies":["IPv4"],"networkRef":{"name":"net"},"ports":[{"protocol":"TCP","port":80}]}}
            """,
        ["loadbalancerroutings"] = """
            {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancerRouting","metadata":{"name":"NAME"},
             "networkRef":{"name":"net","uid":"7f9a4c1e-0000-4000-8000-000000000000"},"destinations":[]}
            """,
        ["networks"] = """{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"NAME","labels":{"app":"x"}}}""",
        ["networkinterfaces"] = """
            {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"NetworkInterface","metadata":{"name":"NAME"},
             "spec":{"networkRef":{"name":"net"},"ipFamilies":["IPv4"],"ips":[{"value":"10.0.0.1"}]}}
            """,
        ["prefixes"] = """
            {"apiVersion":"ipam.ironcore.dev/v1alpha1","kind":"Prefix","metadata":{"name":"NAME"},"spec":{"ipFamily":"IPv4","prefix":"10.0.0.0/24"}}
            """,
        ["prefixallocations"] = """
            {"apiVersion":"ipam.ironcore.dev/v1alpha1","kind":"PrefixAllocation","metadata":{"name":"NAME"},
             "spec":{"ipFamily":"IPv4","prefixLength":28,"prefixRef":{"name":"root"}}}
            """,
        ["addresspools"] = """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"AddressPool","metadata":{"name":"NAME"},"spec":{"addresses":["203.0.113.0/28"]}}
            """,
        ["loadbalancerpolicies"] = """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"LoadBalancerPolicy","metadata":{"name":"NAME"},"spec":{"loadBalancerRef":{"name":"web"}}}
            """,
        ["loadbalancerroutingslices"] = """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"LoadBalancerRoutingSlice","metadata":{"name":"NAME"},
             "routingRef":{"name":"web","uid":"7f9a4c1e-0000-4000-8000-000000000000"},"destinations":[]}
            """,
        ["hosts"] = """{"apiVersion":"lodestone.dev/v1alpha1","kind":"Host","metadata":{"name":"NAME"},"spec":{"roles":["Gateway"]}}""",
        ["bgppeers"] = """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"BGPPeer","metadata":{"name":"NAME"},"spec":{"peerAddress":"192.0.2.1","peerASN":65000,"localASN":65001}}
            """,
        ["configmaps"] = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"NAME"},"data":{"a":"1"}}""",
        ["secrets"] = """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"NAME"},"data":{"a":"MQ=="}}""",
        ["serviceaccounts"] = """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"NAME","labels":{"app":"x"}}}""",
        ["leases"] = """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"NAME"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15}}""",
        ["roles"] = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"NAME"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}]}
            """,
        ["rolebindings"] = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"NAME"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"eve"}]}
            """,
        ["clusterroles"] = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"NAME"},"rules":[{"nonResourceURLs":["/metrics"],"verbs":["get"]}]}
            """,
        ["clusterrolebindings"] = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"NAME"},
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"r"},"subjects":[{"kind":"Group","apiGroup":"rbac.authorization.k8s.io","name":"team"}]}
            """,
    };

    /// <summary>Kinds without a namespace, whose names must be a test's own.</summary>
    public static IReadOnlySet<string> OfCluster { get; } = new HashSet<string> { "addresspools", "hosts", "bgppeers", "clusterroles", "clusterrolebindings" };
}
