using System.Text;

namespace Lodestone.Fuzz.Tests;

/// <summary>Valid objects and where they live: what mutations start from.</summary>
internal static class Seeds
{
    /// <summary>Collection path (NS is the namespace) and a valid object (NAME is its name).</summary>
    public static IReadOnlyList<(string Collection, string Body)> Objects { get; } =
    [
        ("/apis/networking.ironcore.dev/v1alpha1/namespaces/NS/loadbalancers", """
            {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","metadata":{"name":"NAME","labels":{"app":"web"},"annotations":{"a":"b"},"finalizers":["example.com/f"],
             "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"c","uid":"7f9a4c1e-0000-4000-8000-000000000000","controller":true,"blockOwnerDeletion":false}]},
             "spec":{"type":"Public","ipFamilies":["IPv4","IPv6"],"ips":[{"value":"10.0.0.1"}],"networkRef":{"name":"net"},
              "networkInterfaceSelector":{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]}]},
              "ports":[{"protocol":"TCP","port":80,"endPort":90},{"protocol":"SCTP","port":7}]}}
            """),
        ("/apis/networking.ironcore.dev/v1alpha1/namespaces/NS/networkinterfaces", """
            {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"NetworkInterface","metadata":{"name":"NAME"},
             "spec":{"networkRef":{"name":"net"},"ipFamilies":["IPv4"],"ips":[{"value":"10.0.0.1"}],"providerID":"lodestone://host-a/eth1"}}
            """),
        ("/apis/networking.ironcore.dev/v1alpha1/namespaces/NS/networks", """
            {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"NAME"},"spec":{"peerings":[{"name":"p","networkRef":{"name":"other"}}]}}
            """),
        ("/apis/networking.ironcore.dev/v1alpha1/namespaces/NS/loadbalancerroutings", """
            {"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancerRouting","metadata":{"name":"NAME"},"networkRef":{"name":"net"},
             "destinations":[{"ip":"10.0.0.1","targetRef":{"uid":"7f9a4c1e-0000-4000-8000-000000000000","name":"n","providerID":"lodestone://host-a/eth1"}}]}
            """),
        ("/apis/lodestone.dev/v1alpha1/namespaces/NS/loadbalancerroutingslices", """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"LoadBalancerRoutingSlice","metadata":{"name":"NAME"},"routingRef":{"name":"web","uid":"u"},
             "destinations":[{"ip":"10.0.0.1"}],"ringHistory":[{"generation":2,"added":[{"ip":"10.0.0.1"}]}]}
            """),
        ("/apis/ipam.ironcore.dev/v1alpha1/namespaces/NS/prefixes", """
            {"apiVersion":"ipam.ironcore.dev/v1alpha1","kind":"Prefix","metadata":{"name":"NAME"},"spec":{"ipFamily":"IPv4","prefix":"10.0.0.0/24"}}
            """),
        ("/apis/lodestone.dev/v1alpha1/addresspools", """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"AddressPool","metadata":{"name":"NAME"},"spec":{"addresses":["203.0.113.0/28","2001:db8::1-2001:db8::9"]}}
            """),
        ("/apis/lodestone.dev/v1alpha1/namespaces/NS/loadbalancerpolicies", """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"LoadBalancerPolicy","metadata":{"name":"NAME"},"spec":{"loadBalancerRef":{"name":"web"},"weights":[{"selector":{"matchLabels":{"a":"b"}},"weight":7}],"sessionAffinity":"SourcePrefix","ipv4PrefixLength":24,"quic":{"configID":1,"serverIDLength":4,"ports":[443]}}}
            """),
        ("/apis/lodestone.dev/v1alpha1/bgppeers", """
            {"apiVersion":"lodestone.dev/v1alpha1","kind":"BGPPeer","metadata":{"name":"NAME"},"spec":{"hosts":["host-a"],"peerAddress":"192.0.2.1","peerASN":65000,"localASN":65001,"passwordKey":"tor","ttlSecurityHops":1,"bfd":{"detectMultiplier":3},"communities":["65001:100"],"largeCommunities":["65001:1:2"],"med":7,"addressFamilies":["IPv4"]}}
            """),
        ("/apis/lodestone.dev/v1alpha1/hosts", """{"apiVersion":"lodestone.dev/v1alpha1","kind":"Host","metadata":{"name":"NAME"},"spec":{"roles":["Gateway"]}}"""),
        ("/api/v1/namespaces/NS/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"NAME"},"data":{"a":"1"},"binaryData":{"b":"AAEC"},"immutable":false}"""),
        ("/api/v1/namespaces/NS/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"NAME"},"data":{"a":"AAEC"},"stringData":{"s":"x"},"type":"Opaque"}"""),
        ("/api/v1/namespaces/NS/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"NAME"},"secrets":[{"name":"s"}],"imagePullSecrets":[{"name":"i"}]}"""),
        ("/api/v1/namespaces/NS/events", """
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"NAME"},"involvedObject":{"kind":"LoadBalancer","namespace":"NS","name":"x"},"reason":"R","message":"m","type":"Normal","count":1,
             "firstTimestamp":"2026-11-01T00:00:00Z","lastTimestamp":"2026-11-01T00:00:00Z","eventTime":"2026-11-01T00:00:00.000000Z","reportingComponent":"c","reportingInstance":"i","action":"a"}
            """),
        ("/apis/events.k8s.io/v1/namespaces/NS/events", """
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"NAME"},"regarding":{"kind":"LoadBalancer","namespace":"NS","name":"x"},"reason":"R","note":"m","type":"Normal",
             "eventTime":"2026-11-01T00:00:00.000000Z","reportingController":"example.com/c","reportingInstance":"i","action":"a"}
            """),
        ("/apis/coordination.k8s.io/v1/namespaces/NS/leases", """
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"NAME"},"spec":{"holderIdentity":"h","leaseDurationSeconds":15,"renewTime":"2026-11-01T00:00:00.000000Z","leaseTransitions":1}}
            """),
        ("/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"NAME"},"rules":[{"apiGroups":["","*"],"resources":["configmaps"],"resourceNames":["a"],"verbs":["get","*"]}]}
            """),
        ("/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"NAME"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},
             "subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"eve"},{"kind":"ServiceAccount","name":"sa","namespace":"NS"}]}
            """),
        ("/apis/rbac.authorization.k8s.io/v1/clusterroles", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"NAME"},"rules":[{"nonResourceURLs":["/x/*"],"verbs":["get"]}],
             "aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}}]}}
            """),
        ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", """
            {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"namespace":"NS","verb":"get","group":"","resource":"configmaps","name":"x"}}}
            """),
        ("/apis/authorization.k8s.io/v1/subjectaccessreviews", """
            {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"eve","groups":["g"],"nonResourceAttributes":{"path":"/x","verb":"get"}}}
            """),
        ("/apis/authentication.k8s.io/v1/tokenreviews", """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":"a.b.c","audiences":["x"]}}"""),
        ("/api/v1/namespaces/NS/serviceaccounts/default/token", """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"audiences":["x"],"expirationSeconds":600}}"""),
        ("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"ns-NAME"},"spec":{"finalizers":["kubernetes"]}}"""),
    ];

    /// <summary>Paths that are no collections.</summary>
    public static IReadOnlyList<string> Paths { get; } =
    [
        "/", "/api", "/apis", "/api/v1", "/apis/networking.ironcore.dev", "/apis/networking.ironcore.dev/v1alpha1", "/openapi/v2", "/openapi/v3",
        "/openapi/v3/apis/networking.ironcore.dev/v1alpha1", "/version", "/livez", "/readyz", "/healthz/ping", "/metrics", "/api/v1/watch/namespaces/NS/configmaps",
        "/apis/networking.ironcore.dev/v1alpha1/loadbalancers", "/.well-known/openid-configuration", "/openid/v1/jwks", "/api/v1/namespaces/NS/finalize", "/api/v1/namespaces/NS/status",
    ];

    /// <summary>Words that have broken servers before.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        "", "a", "A", ".", "..", "-", "_", "/", "%2F", "%00", "%zz", "null", "true", "0", "-1", "1e400", "18446744073709551616", "9223372036854775807", "-9223372036854775808", "NaN",
        "\u0000", "\u200b", "é", "ﬀ", "\ud83d\ude00", "😀", "' or 1=1", "<script>", "{{.}}", "$(id)", "kubernetes", "metadata.name", "a=b", "a in (b,c)", "a notin ()", "!a", "==", ",", "a,,b",
        "::1", "::ffff:1.2.3.4", "1.2.3.4", "1.2.3.4/33", "01.2.3.4", "fe80::1%eth0", "10.0.0.0/8", "2001:db8::/129", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00+99:99", "0001-01-01T00:00:00Z",
        "All", "None", "Background", "Foreground", "Orphan", "Strict", "Exact", "NotOlderThan", "30s", "1h", "-5m", new('x', 64), new('x', 254), new('y', 5000), "k8s.io/initial-events-end",
        "eyJhbGciOiJub25lIn0.e30.", Encoding.UTF8.GetString([0xEF, 0xBB, 0xBF]), "f:spec", "k:{\"port\":80}", "v:\"x\"", "i:-1", "$patch", "$retainKeys", "$setElementOrder/finalizers", "$deleteFromPrimitiveList/finalizers",
    ];
}
