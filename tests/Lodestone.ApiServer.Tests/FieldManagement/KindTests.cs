using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>Every kind that is served can be applied, and its schema says how.</summary>
public sealed class KindTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    /// <summary>Those that are stored; reviews are only asked.</summary>
    public static TheoryData<string> AppliedKinds { get; } = [.. ResourceDefinitions.All.Where(d => d.Verbs.Contains("patch")).Select(d => $"{d.ApiVersion}/{d.Kind}")];

    private const string Spec = "\"spec\":";

    public static TheoryData<string> Kinds { get; } = [.. ResourceDefinitions.All.Select(d => $"{d.ApiVersion}/{d.Kind}")];

    // What a valid object of the kind has beside its name; kinds without an entry need nothing.
    private static readonly Dictionary<string, string> Content = new()
    {
        ["CertificateSigningRequest"] = Spec + $$"""{"signerName":"example.com/people","usages":["client auth"],"request":"{{SigningRequest()}}"}""",
        ["LoadBalancer"] = Spec + """{"type":"Public","ipFamilies":["IPv4"],"networkRef":{"name":"net"}}""",
        ["LoadBalancerRouting"] = """
            "networkRef":{"name":"net","uid":"u"},"destinations":[{"ip":"192.0.2.1"}]
            """,
        ["NetworkInterface"] = Spec + """{"networkRef":{"name":"net"},"ipFamilies":["IPv4"],"ips":[{"value":"192.0.2.1"}]}""",
        ["AddressPool"] = Spec + """{"addresses":["198.51.100.0/24"]}""",
        ["LoadBalancerPolicy"] = Spec + """{"loadBalancerRef":{"name":"web"},"weights":[{"selector":{},"weight":7}]}""",
        ["BGPPeer"] = Spec + """{"peerAddress":"192.0.2.1","peerASN":65000,"localASN":65001,"bfd":{}}""",
        ["IPAddress"] = Spec + """{"ip":"198.51.100.7","claimRef":{"group":"g","resource":"r","namespace":"n","name":"n","uid":"u"}}""",
        ["NetworkID"] = Spec + """{"claimRef":{"group":"g","resource":"r","namespace":"n","name":"n","uid":"u"}}""",
        ["LoadBalancerRoutingSlice"] = """
            "routingRef":{"name":"web","uid":"u"},"destinations":[{"ip":"192.0.2.1"}]
            """,
        ["Prefix"] = Spec + """{"prefix":"10.0.0.0/8"}""",
        ["PrefixAllocation"] = Spec + """{"prefix":"10.0.0.0/8","prefixRef":{"name":"p"}}""",
        ["Event"] = """
            "involvedObject":{"kind":"Pod","namespace":"<ns>","name":"p"},"reason":"R","type":"Normal","reportingComponent":"c","reportingInstance":"i","action":"a","eventTime":"2026-01-01T00:00:00.000000Z"
            """,
        ["events.k8s.io/v1/Event"] = """
            "regarding":{"kind":"Pod","namespace":"<ns>","name":"p"},"reason":"R","type":"Normal","reportingController":"c","reportingInstance":"i","action":"a","eventTime":"2026-01-01T00:00:00.000000Z"
            """,
        ["RoleBinding"] = """
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[]
            """,
        ["ClusterRoleBinding"] = """
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[]
            """,
    };

    private static string SigningRequest()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(Client.Certificates.AgentIdentity.RequestFor("x", key)));
    }

    private static readonly Dictionary<string, string> Names = new() { ["IPAddress"] = "198.51.100.7", ["NetworkID"] = "4711" };

    [Theory]
    [MemberData(nameof(AppliedKinds))]
    public async Task Apply_EveryKind_CreatesMergesAndRemoves(string versionAndKind)
    {
        ResourceDefinition resource = ResourceDefinitions.All.First(d => $"{d.ApiVersion}/{d.Kind}" == versionAndKind);
        string kind = resource.Kind;
        string ns = await server.NamespaceAsync();
        string name = Names.GetValueOrDefault(kind, $"{ns}-x");
        string path = $"{(resource.Group.Length == 0 ? "/api" : "/apis/" + resource.Group)}/{resource.Version}{(resource.IsNamespaced ? $"/namespaces/{ns}" : "")}/{resource.Plural}/{name}";
        string content = (Content.GetValueOrDefault(versionAndKind) ?? Content.GetValueOrDefault(kind)) is { } given ? "," + given.Replace("<ns>", ns, StringComparison.Ordinal) : "";
        string Config(string metadata, string rest) =>
            $$$"""{"apiVersion":"{{{resource.ApiVersion}}}","kind":"{{{kind}}}","metadata":{"name":"{{{name}}}"{{{metadata}}}}{{{rest}}}}""";

        ApiAnswer created = (await ApplyAsync(path, "one", Config(""","labels":{"a":"1"},"finalizers":["example.org/one"]""", content))).Expect(201);
        ApiAnswer same = (await ApplyAsync(path, "one", Config(""","labels":{"a":"1"},"finalizers":["example.org/one"]""", content))).Expect(200);
        ApiAnswer conflict = (await ApplyAsync(path, "two", Config(""","labels":{"a":"2"}""", ""))).ExpectFailure(409, "Conflict");
        (await ApplyAsync(path, "two", Config(""","labels":{"b":"2"},"finalizers":["example.org/two"]""", ""))).Expect(200);
        ApiAnswer left = (await ApplyAsync(path, "one", Config("", content))).Expect(200);

        Assert.Equal(created.Text, same.Text);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"one\": .metadata.labels.a", conflict.Message);
        Assert.Equal("2", (string)left.Json["metadata"]!["labels"]!["b"]!);
        Assert.Null(left.Json["metadata"]!["labels"]!["a"]);
        Assert.Equal("""["example.org/two"]""", left.Json["metadata"]!["finalizers"]!.ToJsonString());
        (await server.Admin.MergePatchAsync(path, """{"metadata":{"finalizers":null}}""")).Expect(200);
        await server.Admin.DeleteAsync(path);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Schema_EveryList_SaysHowItMerges(string versionAndKind)
    {
        var problems = new List<string>();
        Check(ResourceDefinitions.All.First(d => $"{d.ApiVersion}/{d.Kind}" == versionAndKind).Schema, versionAndKind, problems);

        Assert.Empty(problems);
    }

    // The markers of IronCore's and Kubernetes' own types.
    [Theory]
    [InlineData("LoadBalancer", "metadata.ownerReferences", "map uid")]
    [InlineData("LoadBalancer", "metadata.ownerReferences[]", "atomic")]
    [InlineData("LoadBalancer", "metadata.finalizers", "set")]
    [InlineData("LoadBalancer", "metadata.labels", "granular")]
    [InlineData("LoadBalancer", "metadata.annotations", "granular")]
    [InlineData("LoadBalancer", "metadata.managedFields", "atomic")]
    [InlineData("LoadBalancer", "spec", "granular")]
    [InlineData("LoadBalancer", "spec.ipFamilies", "atomic")]
    [InlineData("LoadBalancer", "spec.ips", "atomic")]
    [InlineData("LoadBalancer", "spec.networkRef", "atomic")]
    [InlineData("LoadBalancer", "spec.networkInterfaceSelector", "atomic")]
    [InlineData("LoadBalancer", "spec.ports", "atomic")]
    [InlineData("LoadBalancer", "status.ips", "atomic")]
    [InlineData("LoadBalancer", "status.conditions", "map type")]
    [InlineData("LoadBalancerRouting", "networkRef", "atomic")]
    [InlineData("LoadBalancerRouting", "destinations", "atomic")]
    [InlineData("Network", "spec.peerings", "map name")]
    [InlineData("Network", "spec.incomingPeerings", "atomic")]
    [InlineData("Network", "status.peerings", "map name")]
    [InlineData("NetworkInterface", "spec.networkRef", "atomic")]
    [InlineData("NetworkInterface", "spec.machineRef", "atomic")]
    [InlineData("NetworkInterface", "spec.ips", "atomic")]
    [InlineData("NetworkInterface", "spec.prefixes", "atomic")]
    [InlineData("NetworkInterface", "spec.virtualIP", "granular")]
    [InlineData("NetworkInterface", "spec.attributes", "granular")]
    [InlineData("AddressPool", "spec.addresses", "atomic")]
    [InlineData("AddressPool", "spec.namespaceSelector", "atomic")]
    [InlineData("IPAddress", "spec.claimRef", "atomic")]
    [InlineData("Host", "spec.roles", "set")]
    [InlineData("Host", "status.conditions", "map type")]
    [InlineData("BGPPeer", "spec.hosts", "set")]
    [InlineData("BGPPeer", "spec.communities", "set")]
    [InlineData("BGPPeer", "status.sessions", "map host")]
    [InlineData("Namespace", "spec.finalizers", "atomic")]
    [InlineData("Namespace", "status.conditions", "map type")]
    [InlineData("ConfigMap", "data", "granular")]
    [InlineData("ConfigMap", "binaryData", "granular")]
    [InlineData("Secret", "data", "granular")]
    [InlineData("Secret", "stringData", "granular")]
    [InlineData("ServiceAccount", "secrets", "map name")]
    [InlineData("ServiceAccount", "imagePullSecrets", "atomic")]
    [InlineData("Event", "involvedObject", "atomic")]
    [InlineData("Event", "source", "granular")]
    [InlineData("Event", "series", "granular")]
    [InlineData("Lease", "spec", "granular")]
    [InlineData("Role", "rules", "atomic")]
    [InlineData("ClusterRole", "rules", "atomic")]
    [InlineData("ClusterRole", "aggregationRule", "granular")]
    [InlineData("ClusterRole", "aggregationRule.clusterRoleSelectors", "atomic")]
    [InlineData("RoleBinding", "roleRef", "atomic")]
    [InlineData("RoleBinding", "subjects", "atomic")]
    [InlineData("ClusterRoleBinding", "roleRef", "atomic")]
    public void Schema_Field_MergesAsItsOrigin(string kind, string path, string expected)
    {
        Schema schema = ResourceDefinitions.All.First(d => d.Kind == kind).Schema;
        foreach (string step in path.Split('.'))
        {
            string name = step.Replace("[]", "", StringComparison.Ordinal);
            schema = schema.Find(name)?.Schema ?? throw new ArgumentException($"{kind} has no {path}");
            schema = step.EndsWith("[]", StringComparison.Ordinal) ? schema.Items! : schema;
        }

        Assert.Equal(expected, SchemaShape.Of(schema, default(Value)) switch
        {
            FieldShape.AtomicList or FieldShape.AtomicMap => "atomic",
            FieldShape.AssociativeList => $"{schema.ListType} {string.Join(',', schema.ListMapKeys)}".Trim(),
            var shape => shape == FieldShape.GranularMap ? "granular" : "scalar",
        });
    }

    [Fact]
    public async Task Apply_ByWhoMayPatchButNotCreate_IsForbiddenToCreate()
    {
        string ns = await server.NamespaceAsync();
        string rbac = $"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}";
        (await server.Admin.PostAsync($"{rbac}/roles", """{"metadata":{"name":"patcher"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"verbs":["patch"]}]}""")).Expect(201);
        (await server.Admin.PostAsync(
            $"{rbac}/rolebindings",
            $$$"""{"metadata":{"name":"patcher"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"patcher"},"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"{{{ns}}}"}]}""")).Expect(201);
        using ApiClient user = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, ns, ["team"]));
        string path = $"/api/v1/namespaces/{ns}/configmaps/c";
        const string Body = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"1"}}""";

        ApiAnswer refused = (await user.SendAsync(HttpMethod.Patch, $"{path}?fieldManager=m", Body, "application/apply-patch+yaml")).ExpectFailure(403, "Forbidden");
        (await ApplyAsync(path, "admin", Body)).Expect(201);
        (await user.SendAsync(HttpMethod.Patch, $"{path}?fieldManager=m", Body, "application/apply-patch+yaml")).Expect(200);

        Assert.Equal($"configmaps \"c\" is forbidden: User \"{ns}\" cannot create resource \"configmaps\" in API group \"\" in the namespace \"{ns}\"", refused.Message);
    }

    private static void Check(Schema schema, string path, List<string> problems)
    {
        if (schema.Type == SchemaType.Array)
        {
            bool isRight = schema.ListType switch
            {
                "atomic" => true,
                "set" => schema.Items!.Type is not (SchemaType.Object or SchemaType.Array or SchemaType.Any),
                "map" => schema.ListMapKeys.Count > 0 && schema.ListMapKeys.All(k => schema.Items!.Find(k) is not null),
                _ => false,
            };
            if (!isRight)
            {
                problems.Add($"{path}: list type {schema.ListType ?? "none"} with keys {string.Join(',', schema.ListMapKeys)}");
            }
        }

        foreach (SchemaProperty property in schema.Properties)
        {
            Check(property.Schema, $"{path}.{property.Name}", problems);
        }

        if ((schema.Items ?? schema.AdditionalProperties) is { } inner)
        {
            Check(inner, path + "[]", problems);
        }
    }

    private Task<ApiAnswer> ApplyAsync(string path, string manager, string body) =>
        server.Admin.SendAsync(HttpMethod.Patch, $"{path}?fieldManager={manager}", body, "application/apply-patch+yaml");
}
