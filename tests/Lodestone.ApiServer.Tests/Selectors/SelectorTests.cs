using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Selectors;

public sealed class SelectorTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private const string KeyRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string ValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private readonly ApiClient _admin = server.Admin;

    [Theory]
    [InlineData("tier=web", "a,b")]
    [InlineData("tier==web", "a,b")]
    [InlineData("tier!=web", "c,d")]
    [InlineData(" tier  =  web ", "a,b")]
    [InlineData("tier in (web,db)", "a,b,c")]
    [InlineData("tier in (,web)", "a,b")]
    [InlineData("example.org/empty in ()", "c")]
    [InlineData("tier notin (web, db)", "d")]
    [InlineData("tier notin (web),size", "")]
    [InlineData("tier", "a,b,c")]
    [InlineData("!tier", "d")]
    [InlineData("tier=web,size>3", "b")]
    [InlineData("size<3", "a")]
    [InlineData("size gt 3", null)]
    [InlineData("example.org/empty=", "c")]
    [InlineData("example.org/empty", "c")]
    [InlineData("in in (in)", "d")]
    [InlineData("tier=web,", null)]
    public async Task LabelSelector_Selects(string selector, string? names)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        await CreateAsync(path, ("a", """{"tier":"web","size":"1"}"""), ("b", """{"tier":"web","size":"10"}"""));
        await CreateAsync(path, ("c", """{"tier":"db","example.org/empty":""}"""), ("d", """{"in":"in"}"""));

        ApiAnswer answer = await _admin.GetAsync($"{path}?labelSelector={Uri.EscapeDataString(selector)}");

        if (names is null)
        {
            answer.ExpectFailure(400, "BadRequest");
        }
        else
        {
            Assert.Equal(names.Split(',', StringSplitOptions.RemoveEmptyEntries), answer.Expect(200).ItemNames);
        }
    }

    [Theory]
    [InlineData("a in b", "unable to parse requirement: found 'b' expected: '('")]
    [InlineData("a in (b", "unable to parse requirement: found '', expected: ',' or ')'")]
    [InlineData("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'")]
    [InlineData("a~b", "unable to parse requirement: <nil>: Invalid value: \"a~b\": " + KeyRule)]
    [InlineData("-a", "unable to parse requirement: <nil>: Invalid value: \"-a\": " + KeyRule)]
    [InlineData("a=-b", "unable to parse requirement: values[0][a]: Invalid value: \"-b\": " + ValueRule)]
    [InlineData("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")]
    [InlineData("a=b=c", "found '=', expected: ',' or 'end of string'")]
    [InlineData("a>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer")]
    [InlineData("=a", "found '=', expected: !, identifier, or 'end of string'")]
    [InlineData("!", "unable to parse requirement: found '', expected: identifier")]
    [InlineData("a,,b", "found ',', expected: identifier after ','")]
    public async Task LabelSelector_ThatCannotBeRead_IsRefusedInKubernetesWords(string selector, string message)
    {
        ApiAnswer refused = await _admin.GetAsync($"{Samples.LoadBalancers("default")}?labelSelector={Uri.EscapeDataString(selector)}");

        Assert.Equal(message, refused.ExpectFailure(400, "BadRequest").Message);
    }

    [Theory]
    [InlineData("spec.foo=1", "field label not supported: spec.foo")]
    [InlineData("spec.type", "invalid selector: 'spec.type'; can't understand 'spec.type'")]
    [InlineData(@"spec.type=a\b", @"invalid field selector: invalid escape sequence: \b")]
    [InlineData("spec.type=a=b", "invalid field selector: unescaped character in value: 61")]
    [InlineData("metadata.labels=x", "field label not supported: metadata.labels")]
    public async Task FieldSelector_ThatCannotBeRead_IsRefused(string selector, string message)
    {
        string query = $"fieldSelector={Uri.EscapeDataString(selector)}";

        Assert.Equal(message, (await _admin.GetAsync($"{Samples.LoadBalancers("default")}?{query}")).ExpectFailure(400, "BadRequest").Message);
        Assert.Equal(message, (await _admin.GetAsync($"{Samples.LoadBalancers("default")}?watch=true&{query}")).ExpectFailure(400, "BadRequest").Message);
    }

    [Theory]
    [InlineData("spec.networkRef.name=net-b", "b")]
    [InlineData("spec.networkRef.name!=net-b", "a")]
    [InlineData("spec.type=Public", "a,b")]
    [InlineData("spec.type=Public,spec.networkRef.name=net-a", "a")]
    [InlineData("spec.type=", "")]
    [InlineData("metadata.name=b", "b")]
    [InlineData("metadata.name=b,spec.networkRef.name=net-a", "")]
    [InlineData("metadata.namespace=default", "")]
    public async Task FieldSelector_OfLoadBalancers_Selects(string selector, string names)
    {
        string path = Samples.LoadBalancers(await server.NamespaceAsync());
        (await _admin.PostAsync(path, Samples.LoadBalancer("a", network: "net-a"))).Expect(201);
        (await _admin.PostAsync(path, Samples.LoadBalancer("b", network: "net-b"))).Expect(201);

        ApiAnswer answer = (await _admin.GetAsync($"{path}?fieldSelector={Uri.EscapeDataString(selector)}")).Expect(200);

        Assert.Equal(names.Split(',', StringSplitOptions.RemoveEmptyEntries), answer.ItemNames);
    }

    [Fact]
    public async Task FieldSelector_OfState_SelectsAndFollows()
    {
        string path = $"/apis/networking.ironcore.dev/v1alpha1/namespaces/{await server.NamespaceAsync()}/networks";
        foreach (string name in (string[])["a", "b"])
        {
            (await _admin.PostAsync(path, $$$"""{"apiVersion":"networking.ironcore.dev/v1alpha1","kind":"Network","metadata":{"name":"{{{name}}}"}}""")).Expect(201);
        }

        ApiAnswer none = (await _admin.GetAsync($"{path}?fieldSelector=status.state%3DAvailable")).Expect(200);
        using WatchReader watch = await _admin.WatchAsync($"{path}?watch=true&fieldSelector=status.state%3DAvailable&resourceVersion={none.ResourceVersion}");
        (await _admin.MergePatchAsync($"{path}/b/status", """{"status":{"state":"Available"}}""")).Expect(200);
        (await _admin.MergePatchAsync($"{path}/b/status", """{"status":{"state":"Error"}}""")).Expect(200);

        Assert.Empty(none.ItemNames);
        Assert.Equal(("ADDED", "b"), await watch.NextChangeAsync());
        JsonObject left = (await watch.NextAsync())!;
        Assert.Equal(("DELETED", "Available"), ((string)left["type"]!, (string)left["object"]!["status"]!["state"]!));
        Assert.Equal(["b"], (await _admin.GetAsync($"{path}?fieldSelector=status.state%3DError")).Expect(200).ItemNames);
    }

    [Theory]
    [InlineData("/api/v1/namespaces", "status.phase=Active,name=default", "default")]
    [InlineData("/api/v1/namespaces", "status.phase=Terminating", "")]
    [InlineData("/api/v1/namespaces", "metadata.name=default", "default")]
    public async Task FieldSelector_OfBuiltInKinds_Selects(string path, string selector, string names) => Assert.Equal(
        names.Split(',', StringSplitOptions.RemoveEmptyEntries),
        (await _admin.GetAsync($"{path}?fieldSelector={Uri.EscapeDataString(selector)}")).Expect(200).ItemNames);

    [Fact]
    public async Task SelectableFields_ArePublished()
    {
        JsonObject document = (await _admin.GetAsync("/openapi/v3/apis/networking.ironcore.dev/v1alpha1")).Expect(200).Json;

        var schemas = (JsonObject)document["components"]!["schemas"]!;
        JsonNode loadBalancer = schemas.Single(s => s.Key.EndsWith(".LoadBalancer", StringComparison.Ordinal)).Value!;
        Assert.Equal(
            """[{"fieldPath":"spec.type"},{"fieldPath":"spec.networkRef.name"}]""",
            loadBalancer["x-kubernetes-selectable-fields"]!.ToJsonString());
    }

    private async Task CreateAsync(string path, params (string Name, string Labels)[] objects)
    {
        foreach ((string name, string labels) in objects)
        {
            (await _admin.PostAsync(path, Samples.LoadBalancer(name, labels))).Expect(201);
        }
    }
}
