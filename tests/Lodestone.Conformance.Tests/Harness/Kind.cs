using System.Text.Json.Nodes;

namespace Lodestone.Conformance.Tests.Harness;

/// <summary>A kind that cases use: where it is and what the least object of it is.</summary>
internal sealed class Kind
{
    private readonly string _minimal;

    private Kind(string plural, string name, string group, string version, string minimal, bool isNamespaced = true, bool hasStatus = false)
    {
        Plural = plural;
        Name = name;
        Group = group;
        Version = version;
        IsNamespaced = isNamespaced;
        HasStatus = hasStatus;
        _minimal = minimal;
        All[plural] = this;
    }

    public static Kind ConfigMap { get; } = new("configmaps", "ConfigMap", "", "v1", """{"data":{"a":"1"}}""");

    public static Kind Secret { get; } = new("secrets", "Secret", "", "v1", """{"data":{"a":"MQ=="}}""");

    public static Kind ServiceAccount { get; } = new("serviceaccounts", "ServiceAccount", "", "v1", "{}");

    public static Kind Namespace { get; } = new("namespaces", "Namespace", "", "v1", "{}", isNamespaced: false, hasStatus: true);

    public static Kind Event { get; } = new("events", "Event", "", "v1", """{"involvedObject":{"kind":"ConfigMap","name":"a"},"reason":"Seen","message":"it was seen","type":"Normal"}""");

    public static Kind Lease { get; } = new("leases", "Lease", "coordination.k8s.io", "v1", """{"spec":{"holderIdentity":"a","leaseDurationSeconds":15}}""");

    public static Kind Role { get; } = new("roles", "Role", "rbac.authorization.k8s.io", "v1", """{"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}]}""");

    public static Kind RoleBinding { get; } = new("rolebindings", "RoleBinding", "rbac.authorization.k8s.io", "v1",
        """{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"nobody"}],"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"a"}}""");

    public static Kind ClusterRole { get; } = new("clusterroles", "ClusterRole", "rbac.authorization.k8s.io", "v1",
        """{"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}]}""", isNamespaced: false);

    public static Kind ClusterRoleBinding { get; } = new("clusterrolebindings", "ClusterRoleBinding", "rbac.authorization.k8s.io", "v1",
        """{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"nobody"}],"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"a"}}""", isNamespaced: false);

    public static Kind CertificateSigningRequest { get; } = new("certificatesigningrequests", "CertificateSigningRequest", "certificates.k8s.io", "v1",
        """{"spec":{"signerName":"example.com/people","usages":["client auth"],"request":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISk1IRUNBUUF3RHpFTk1Bc0dBMVVFQXd3RWFtRnVaVEJaTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSApBMElBQk1sZWIwSk5XZHZKMEo3dlFraDZjN3ViUTNEVWdiRlhWY2pLRXYwVHg0SXBrWFZwOEtWTGdlWnJVZDd6CnYwUVkrSy83OE5oNHdWNzNUb0pMdEIrcU5wV2dBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUFNRlQ0c214ajUKWHdqVXlFRUhkZU1VUGgwS0Zwb1l5WU8vckZoWDRKRlMzZ0loQU1GR3FWTTdxU0tsbXYveld0STBWUnViR1VGMApBa00vN3dqZjJwMzZ5c1NyCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo="}}""", isNamespaced: false, hasStatus: true);

    public static Kind Network { get; } = new("networks", "Network", "networking.ironcore.dev", "v1alpha1", """{"spec":{}}""", hasStatus: true);

    public static Kind LoadBalancer { get; } = new("loadbalancers", "LoadBalancer", "networking.ironcore.dev", "v1alpha1",
        """{"spec":{"type":"Public","ipFamilies":["IPv4"],"networkRef":{"name":"n"},"ports":[{"protocol":"TCP","port":80}]}}""", hasStatus: true);

    public static Kind LoadBalancerRouting { get; } = new("loadbalancerroutings", "LoadBalancerRouting", "networking.ironcore.dev", "v1alpha1",
        """{"networkRef":{"name":"n","uid":"u"},"destinations":[]}""");

    public static Kind NetworkInterface { get; } = new("networkinterfaces", "NetworkInterface", "networking.ironcore.dev", "v1alpha1",
        """{"spec":{"networkRef":{"name":"n"},"ipFamilies":["IPv4"],"ips":[{"value":"10.0.0.1"}]}}""", hasStatus: true);

    public static Kind AddressPool { get; } = new("addresspools", "AddressPool", "lodestone.dev", "v1alpha1",
        """{"spec":{"addresses":["198.51.100.0/24"]}}""", isNamespaced: false, hasStatus: true);

    public static Kind Host { get; } = new("hosts", "Host", "lodestone.dev", "v1alpha1", """{"spec":{"roles":["Gateway"]}}""", isNamespaced: false, hasStatus: true);

    public static Kind LoadBalancerPolicy { get; } = new("loadbalancerpolicies", "LoadBalancerPolicy", "lodestone.dev", "v1alpha1",
        """{"spec":{"loadBalancerRef":{"name":"a"}}}""", hasStatus: true);

    public static Kind BGPPeer { get; } = new("bgppeers", "BGPPeer", "lodestone.dev", "v1alpha1",
        """{"spec":{"peerAddress":"192.0.2.1","peerASN":65000,"localASN":65001}}""", isNamespaced: false, hasStatus: true);

    public static Kind Prefix { get; } = new("prefixes", "Prefix", "ipam.ironcore.dev", "v1alpha1", """{"spec":{"ipFamily":"IPv4","prefix":"10.0.0.0/24"}}""", hasStatus: true);

    public string Plural { get; }

    /// <summary>The singular in CamelCase.</summary>
    public string Name { get; }

    public string Group { get; }

    public string Version { get; }

    public bool IsNamespaced { get; }

    public bool HasStatus { get; }

    public bool IsBuiltIn => Group.Length == 0 || Group.EndsWith(".k8s.io", StringComparison.Ordinal);

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>As error messages name it.</summary>
    public string Resource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>Kind and group, as validation errors name it.</summary>
    public string KindAndGroup => Group.Length == 0 ? Name : $"{Name}.{Group}";

    /// <summary>The collection over all namespaces.</summary>
    public string Everywhere => $"{Root}/{Plural}";

    private static Dictionary<string, Kind> All => field ??= [];

    private string GroupMember => Group.Length == 0 ? "" : $"\"group\":\"{Group}\",";

    private string Root => Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";

    /// <summary>The kind by its plural.</summary>
    public static Kind Of(string plural) => All[plural];

    /// <summary>The kind of a manifest in YAML.</summary>
    public static Kind OfManifest(string yaml) =>
        All.Values.Single(k => yaml.Split('\n').Contains($"kind: {k.Name}"));

    /// <summary>The collection in a namespace, or the only one.</summary>
    public string In(string scope) => IsNamespaced ? $"{Root}/namespaces/{scope}/{Plural}" : Everywhere;

    /// <summary>One object's path.</summary>
    public string At(string scope, string name) => $"{In(scope)}/{name}";

    /// <summary>The least object of that name, with changes merged in (RFC 7396).</summary>
    public JsonObject Manifest(string name, string? changes = null)
    {
        var json = (JsonObject)JsonNode.Parse(_minimal)!;
        json["apiVersion"] = ApiVersion;
        json["kind"] = Name;
        json["metadata"] = name.Length == 0 ? [] : new JsonObject { ["name"] = name };
        if (changes is not null)
        {
            Merge(json, (JsonObject)JsonNode.Parse(changes)!);
        }

        return json;
    }

    /// <summary>The details of a Status about one object.</summary>
    public string Details(string name) => $$"""{"name":"{{name}}",{{GroupMember}}"kind":"{{Plural}}"}""";

    /// <summary>The details of a Status about an object that is not valid.</summary>
    public string InvalidDetails(string name, params string[] causes) =>
        $$"""{{{(name.Length == 0 ? "" : $"\"name\":\"{name}\",")}}{{GroupMember}}"kind":"{{Name}}","causes":[{{string.Join(',', causes)}}]}""";

    public override string ToString() => Plural;

    private static void Merge(JsonObject into, JsonObject changes)
    {
        foreach ((string name, JsonNode? value) in changes)
        {
            if (value is null)
            {
                into.Remove(name);
            }
            else if (value is JsonObject inner && into[name] is JsonObject existing)
            {
                Merge(existing, inner);
            }
            else
            {
                into[name] = value.DeepClone();
            }
        }
    }
}
