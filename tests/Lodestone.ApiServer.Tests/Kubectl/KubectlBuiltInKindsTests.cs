using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Kubectl;

/// <summary>Kubernetes' own kinds with each version of kubectl. From 1.32 on it creates them in protobuf.</summary>
public sealed class KubectlBuiltInKindsTests(KubectlFixture kubectl) : IClassFixture<KubectlFixture>
{
    public static TheoryData<string> Versions { get; } = [.. KubectlFixture.Versions];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Create_EveryKind_IsStoredAndPrinted(string program)
    {
        string ns = $"t-{Guid.NewGuid():N}";
        Task<string> Run(string arguments) => kubectl.RunAsync(arguments, program: program);
        async Task<JsonNode> Get(string what) => JsonNode.Parse(await Run($"-n {ns} get {what} -o json"))!;

        await Run($"create namespace {ns}");
        await Run($"-n {ns} create configmap settings --from-literal=a=1 --from-literal=b=two");
        await Run($"-n {ns} create secret generic keys --from-literal=k=geheim");
        await Run($"-n {ns} create serviceaccount robot");
        await Run($"-n {ns} create role reader --verb=get,list --resource=configmaps --resource-name=settings");
        await Run($"-n {ns} create rolebinding readers --role=reader --serviceaccount={ns}:robot --user=ann --group=staff");
        await Run($"create clusterrole {ns} --verb=get --non-resource-url=/metrics");
        await Run($"create clusterrole {ns}-all --aggregation-rule=tier={ns}");
        await Run($"create clusterrolebinding {ns} --clusterrole={ns} --user=ann");

        Assert.Equal("""{"a":"1","b":"two"}""", (await Get("cm settings"))["data"]!.ToJsonString());
        Assert.Equal("""{"k":"Z2VoZWlt"}""", (await Get("secret keys"))["data"]!.ToJsonString());
        Assert.Matches(@"NAME\s+TYPE\s+DATA\s+AGE\s+keys\s+Opaque\s+1\s+\d+s", await Run($"-n {ns} get secrets"));
        Assert.Matches(@"settings\s+2\s+\d+s", await Run($"-n {ns} get cm"));
        Assert.Matches(@"robot\s+0\s+\d+s", await Run($"-n {ns} get sa"));
        Assert.Equal(
            """[{"apiGroups":[""],"resourceNames":["settings"],"resources":["configmaps"],"verbs":["get","list"]}]""",
            (await Get("role reader"))["rules"]!.ToJsonString());
        Assert.Matches(@"NAME\s+CREATED AT\s+reader\s+20\d\d-", await Run($"-n {ns} get roles"));
        Assert.Matches($@"readers\s+Role/reader\s+\d+s\s+ann\s+staff\s+{ns}/robot", await Run($"-n {ns} get rolebindings -o wide"));
        Assert.Equal("""[{"nonResourceURLs":["/metrics"],"verbs":["get"]}]""", (await Get($"clusterrole {ns}"))["rules"]!.ToJsonString());
        Assert.Equal(
            $$$"""{"clusterRoleSelectors":[{"matchLabels":{"tier":"{{{ns}}}"}}]}""",
            (await Get($"clusterrole {ns}-all"))["aggregationRule"]!.ToJsonString());
        Assert.Matches($@"Role:\s+Kind:\s+ClusterRole\s+Name:\s+{ns}", await Run($"describe clusterrolebinding {ns}"));
        Assert.Contains("two", await Run($"-n {ns} describe cm settings"), StringComparison.Ordinal);
        Assert.Contains("k:  6 bytes", await Run($"-n {ns} describe secret keys"), StringComparison.Ordinal);
        Assert.Contains("Tokens:", await Run($"-n {ns} describe sa robot"), StringComparison.Ordinal);
        await Run($"delete clusterrole {ns} {ns}-all");
        await Run($"delete clusterrolebinding {ns}");
        await Run($"delete ns {ns}");
    }

    // Patches of Kubernetes' own kinds are strategic: kubectl works them out from what OpenAPI says about lists.
    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ApplyAndPatch_BuiltInKinds_MergeStrategically(string program)
    {
        string ns = await kubectl.NamespaceAsync();
        Task<string> Run(string arguments, string? stdin = null) => kubectl.RunAsync($"-n {ns} {arguments}", stdin, program: program);
        async Task<string> Get(string what, string field) => JsonNode.Parse(await Run($"get {what} -o json"))![field]!.ToJsonString();
        const string Map = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","labels":{"x":"1","y":"2"}},"data":{"a":"1","b":"2"}}""";

        Assert.Equal("configmap/m created\n", await Run("apply -f -", Map));
        await Run("patch cm m -p {\"data\":{\"live\":\"3\"}}");
        Assert.Equal("configmap/m configured\n", await Run("apply -f -", Map.Replace("\"b\":\"2\"", "\"c\":\"4\"", StringComparison.Ordinal).Replace(",\"y\":\"2\"", "", StringComparison.Ordinal)));
        Assert.Equal("""{"a":"1","c":"4","live":"3"}""", await Get("cm m", "data"));
        Assert.Equal("configmap/m unchanged\n", await Run("apply -f -", Map.Replace("\"b\":\"2\"", "\"c\":\"4\"", StringComparison.Ordinal).Replace(",\"y\":\"2\"", "", StringComparison.Ordinal)));
        await Run("patch cm m --type=strategic -p {\"data\":{\"$patch\":\"replace\",\"z\":\"9\"}}");
        Assert.Equal("""{"z":"9"}""", await Get("cm m", "data"));

        static string Account(string secrets) => $$"""{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"robot"},"secrets":[{{secrets}}]}""";
        await Run("apply -f -", Account("""{"name":"a"},{"name":"b"}"""));
        await Run("patch sa robot -p {\"secrets\":[{\"name\":\"live\"}]}");
        await Run("apply -f -", Account("""{"name":"b"},{"name":"c"}"""));
        JsonArray secrets = (JsonArray)JsonNode.Parse(await Get("sa robot", "secrets"))!;
        Assert.Equal(["b", "c", "live"], secrets.Select(s => (string)s!["name"]!).Order());
        await Run("patch sa robot -p {\"secrets\":[{\"name\":\"live\",\"$patch\":\"delete\"}]}");
        Assert.Equal("""[{"name":"b"},{"name":"c"}]""", await Get("sa robot", "secrets"));

        await Run("create -f -", Samples.LoadBalancer("web"));
        (int code, _, string errors) = await kubectl.TryRunAsync($"-n {ns} patch lb web -p {{\"metadata\":{{}}}}", program: program);
        Assert.Equal(1, code);
        Assert.Contains("application/strategic-merge-patch+json is not supported by networking.ironcore.dev/v1alpha1, Kind=LoadBalancer", errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Events_OfEitherGroup_AreShownEverywhere(string program)
    {
        string ns = await kubectl.NamespaceAsync();
        Task<string> Run(string arguments, string? stdin = null) => kubectl.RunAsync($"-n {ns} {arguments}", stdin, program: program);
        await Run("create -f -", Samples.LoadBalancer("web"));
        string uid = await Run("get lb web -o jsonpath={.metadata.uid}");
        string about = $$"""{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"LoadBalancer","namespace":"{{ns}}","name":"web","uid":"{{uid}}"}""";
        string now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        await Run("create -f -", $$$"""
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"web.1"},"involvedObject":{{{about}}},"reason":"OldWay","message":"written in core",
             "source":{"component":"tester"},"firstTimestamp":"{{{now}}}","lastTimestamp":"{{{now}}}","count":4,"type":"Warning"}
            """);
        await Run("create -f -", $$$"""
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"web.2"},"regarding":{{{about}}},"reason":"NewWay","note":"written in its own group",
             "eventTime":"{{{now}}}","action":"Test","reportingController":"example.org/tester","reportingInstance":"tester-1","type":"Normal"}
            """);

        foreach (string command in new[] { "get events", "get events.events.k8s.io", "events", "events --for lb/web", "describe lb web" })
        {
            string output = await Run(command);
            Assert.Matches(@"Warning\s+OldWay.*written in core", output);
            Assert.Matches(@"Normal\s+NewWay.*written in its own group", output);
        }

        Assert.Matches(@"OldWay\s+loadbalancer/web\s+tester\s+written in core\s+\d+s\s+4\s+web.1", await Run("get events -o wide"));
    }
}
