using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Endpoints;

public sealed class ListTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    private readonly ApiClient _admin = server.Admin;

    [Fact]
    public async Task List_InPages_ShowsOneVersionWhateverHappensMeanwhile()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a", "b", "c", "d", "e");

        ApiAnswer first = (await _admin.GetAsync($"{path}?limit=2")).Expect(200);
        (await _admin.DeleteAsync($"{path}/d")).Expect(200);
        await CreateAsync(path, "ca", "f");
        ApiAnswer second = (await _admin.GetAsync($"{path}?limit=2&continue={Continue(first)}")).Expect(200);
        ApiAnswer third = (await _admin.GetAsync($"{path}?limit=2&continue={Continue(second)}")).Expect(200);

        Assert.Equal(["a", "b", "c", "d", "e"], first.ItemNames.Concat(second.ItemNames).Concat(third.ItemNames));
        Assert.Equal(first.ResourceVersion, third.ResourceVersion);
        Assert.Equal((3, 1), ((int)first.Json["metadata"]!["remainingItemCount"]!, (int)second.Json["metadata"]!["remainingItemCount"]!));
        Assert.Null(third.Json["metadata"]!["continue"]);
        Assert.Null(third.Json["metadata"]!["remainingItemCount"]);
    }

    [Fact]
    public async Task List_PagesWithSelector_AreFull()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        for (int i = 0; i < 30; i++)
        {
            (await _admin.PostAsync(path, Samples.LoadBalancer($"w{i:00}", i % 10 == 0 ? """{"rare":"yes"}""" : "{}"))).Expect(201);
        }

        ApiAnswer first = (await _admin.GetAsync($"{path}?limit=2&labelSelector=rare")).Expect(200);
        ApiAnswer second = (await _admin.GetAsync($"{path}?limit=2&labelSelector=rare&continue={Continue(first)}")).Expect(200);

        Assert.Equal(["w00", "w10"], first.ItemNames);
        Assert.Null(first.Json["metadata"]!["remainingItemCount"]);
        Assert.Equal(["w20"], second.ItemNames);
        Assert.Null(second.Json["metadata"]!["continue"]);
    }

    [Theory]
    [InlineData("labelSelector=tier%3Dweb", "a,b")]
    [InlineData("labelSelector=tier!%3Dweb", "c,d")]
    [InlineData("labelSelector=tier+in+(web,db)", "a,b,c")]
    [InlineData("labelSelector=tier+notin+(web)", "c,d")]
    [InlineData("labelSelector=tier", "a,b,c")]
    [InlineData("labelSelector=!tier", "d")]
    [InlineData("labelSelector=tier%3Dweb,size%3E3", "b")]
    [InlineData("fieldSelector=metadata.name%3Db", "b")]
    [InlineData("fieldSelector=metadata.name!%3Db", "a,c,d")]
    [InlineData("fieldSelector=spec.networkRef.name%3D%3Dnet-b", "d")]
    public async Task List_Selector_ShowsWhatItSelects(string query, string names)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a", """{"tier":"web","size":"1"}"""))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("b", """{"tier":"web","size":"10"}"""))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("c", """{"tier":"db"}"""))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("d", network: "net-b"))).Expect(201);

        Assert.Equal(names.Split(','), (await _admin.GetAsync($"{path}?{query}")).Expect(200).ItemNames);
    }

    [Theory]
    [InlineData("labelSelector=a+in+b", 400, "BadRequest")]
    [InlineData("labelSelector=-a", 400, "BadRequest")]
    [InlineData("fieldSelector=spec.foo%3D1", 400, "BadRequest")]
    [InlineData("limit=x", 400, "BadRequest")]
    [InlineData("resourceVersion=x", 400, "BadRequest")]
    [InlineData("continue=x", 400, "BadRequest")]
    [InlineData("resourceVersionMatch=Exact", 422, "Invalid")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", 422, "Invalid")]
    [InlineData("resourceVersionMatch=Sometimes&resourceVersion=1", 422, "Invalid")]
    [InlineData("sendInitialEvents=true", 422, "Invalid")]
    public async Task List_ParametersThatDoNotHold_AreRefused(string query, int code, string reason) =>
        (await _admin.GetAsync($"{Samples.LoadBalancers("default")}?{query}")).ExpectFailure(code, reason);

    [Fact]
    public async Task List_Versions_AreExactFreshOrRefused()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        ApiAnswer a = (await _admin.PostAsync(path, Samples.LoadBalancer("a"))).Expect(201);
        await CreateAsync(path, "b");

        Assert.Equal(["a"], (await _admin.GetAsync($"{path}?resourceVersion={a.ResourceVersion}&resourceVersionMatch=Exact")).Expect(200).ItemNames);
        Assert.Equal(["a", "b"], (await _admin.GetAsync($"{path}?resourceVersion={a.ResourceVersion}&resourceVersionMatch=NotOlderThan")).Expect(200).ItemNames);
        Assert.Equal(["a", "b"], (await _admin.GetAsync($"{path}?resourceVersion=0")).Expect(200).ItemNames);
        ApiAnswer future = (await _admin.GetAsync($"{path}?resourceVersion=99999999")).ExpectFailure(504, "Timeout");
        Assert.Equal("ResourceVersionTooLarge", (string)future.Json["details"]!["causes"]![0]!["reason"]!);
        Assert.True(future.Headers.Contains("Retry-After"));
    }

    [Fact]
    public async Task List_AllNamespaces_IsSortedByKey()
    {
        string first = await server.NamespaceAsync(), second = await server.NamespaceAsync();
        await CreateAsync(Samples.LoadBalancers(first), "z");
        await CreateAsync(Samples.LoadBalancers(second), "a");

        ApiAnswer answer = (await _admin.GetAsync("/apis/networking.ironcore.dev/v1alpha1/loadbalancers")).Expect(200);

        string[] keys = [.. ((JsonArray)answer.Json["items"]!).Select(i => $"{i!["metadata"]!["namespace"]}/{i["metadata"]!["name"]}")];
        Assert.Contains($"{first}/z", keys);
        Assert.Contains($"{second}/a", keys);
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
        (await _admin.PostAsync("/apis/networking.ironcore.dev/v1alpha1/loadbalancers", Samples.LoadBalancer("x"))).ExpectFailure(404, "NotFound");
    }

    [Fact]
    public async Task List_AsTable_HasColumnsAndRows()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a");
        (await _admin.MergePatchAsync($"{path}/a/status", """{"status":{"ips":["203.0.113.1"]}}""")).Expect(200);

        JsonObject table = (await _admin.GetAsync(path, Table)).Expect(200).Json;

        Assert.Equal("Table", (string)table["kind"]!);
        string[] columns = [.. ((JsonArray)table["columnDefinitions"]!).Select(c => (string)c!["name"]!)];
        Assert.Equal(["Name", "IPs", "Age"], columns[..3]);
        Assert.Equal(("a", "203.0.113.1"), ((string)table["rows"]![0]!["cells"]![0]!, (string)table["rows"]![0]!["cells"]![1]!));
        Assert.Equal("PartialObjectMetadata", (string)table["rows"]![0]!["object"]!["kind"]!);
        Assert.Equal("LoadBalancer", (string)(await _admin.GetAsync($"{path}?includeObject=Object", Table)).Json["rows"]![0]!["object"]!["kind"]!);
        (await _admin.GetAsync($"{path}?includeObject=Some", Table)).ExpectFailure(400, "BadRequest");
    }

    [Fact]
    public async Task List_MetadataOnly_LeavesTheRestOut()
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, "a");

        JsonObject list = (await _admin.GetAsync(path, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")).Expect(200).Json;

        Assert.Equal("PartialObjectMetadataList", (string)list["kind"]!);
        Assert.Equal("a", (string)list["items"]![0]!["metadata"]!["name"]!);
        Assert.Null(list["items"]![0]!["spec"]);
    }

    [Theory]
    [InlineData("application/vnd.kubernetes.protobuf,application/json", 200)]
    [InlineData("application/json, */*", 200)]
    [InlineData("*/*", 200)]
    [InlineData("application/vnd.kubernetes.protobuf", 406)]
    [InlineData("application/json;as=Soup;v=v1;g=meta.k8s.io", 406)]
    public async Task List_Accept_IsNegotiated(string accept, int code) =>
        (await _admin.GetAsync(Samples.LoadBalancers("default"), accept)).Expect(code);

    [Fact]
    public async Task Events_ByInvolvedObject_AreFound()
    {
        string ns = await server.NamespaceAsync();
        string path = $"/api/v1/namespaces/{ns}/events";
        foreach (string name in (string[])["a", "b"])
        {
            (await _admin.PostAsync(path, $$$"""
                {"metadata":{"name":"{{{name}}}.1"},"involvedObject":{"kind":"LoadBalancer","namespace":"{{{ns}}}","name":"{{{name}}}","uid":"u-{{{name}}}"},
                 "reason":"Allocated","message":"m","type":"Normal"}
                """)).Expect(201);
        }

        ApiAnswer answer = await _admin.GetAsync($"{path}?fieldSelector=involvedObject.uid%3Du-b,involvedObject.kind%3DLoadBalancer,involvedObject.name%3Db&limit=500");

        Assert.Equal(["b.1"], answer.Expect(200).ItemNames);
    }

    private static string Continue(ApiAnswer answer) => (string)answer.Json["metadata"]!["continue"]!;

    private async Task CreateAsync(string path, params string[] names)
    {
        foreach (string name in names)
        {
            (await _admin.PostAsync(path, Samples.LoadBalancer(name))).Expect(201);
        }
    }
}
