using System.Text;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Create;

/// <summary>What bodies may be, and how each mistake is told.</summary>
public sealed class BodyCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("configmaps", "")]
    [InlineData("configmaps", "{")]
    [InlineData("configmaps", "[]")]
    [InlineData("configmaps", "\"text\"")]
    [InlineData("configmaps", "{\"metadata\":{\"name\":\"a\"}}{}")]
    [InlineData("networks", "")]
    [InlineData("networks", "{")]
    [InlineData("networks", "[]")]
    public async Task Post_NoObject_IsBadRequest(string plural, string body)
    {
        var kind = Kind.Of(plural);
        (await Api.PostAsync(kind.In(Namespace), body)).Is(400).Matches("""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"BadRequest","code":400}""");
    }

    [Cases]
    [InlineData("configmaps", "{\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":1}}")]
    [InlineData("configmaps", "{\"metadata\":{\"name\":7}}")]
    [InlineData("configmaps", "{\"metadata\":{\"name\":\"a\",\"labels\":[]}}")]
    [InlineData("secrets", "{\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":\"***\"}}")]
    [InlineData("leases", "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"leaseDurationSeconds\":\"x\"}}")]
    public async Task Post_BuiltInWithWrongType_IsBadRequest(string plural, string body) =>
        (await Api.PostAsync(Kind.Of(plural).In(Namespace), body)).Is(400).Has("reason", "BadRequest");

    [Case]
    [Differs("422 with the field as cause", "400, as for Kubernetes' own kinds and IronCore's: the body can't be read", IsOfCustomResource = true)]
    public async Task Post_CustomObjectWithWrongType_IsRefused()
    {
        Answer answer = await Api.PostAsync(Kind.LoadBalancer.In(Namespace), Kind.LoadBalancer.Manifest("a", """{"spec":{"ports":[{"port":"http"}]}}"""));
        if (Differs)
        {
            answer.Is(422).Has("reason", "Invalid");
            return;
        }

        answer.Is(400).Has("reason", "BadRequest");
        Assert.Contains("spec.ports[0].port", answer.Get("message"), StringComparison.Ordinal);
    }

    [Cases]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/merge-patch+json")]
    public async Task Post_OtherMediaType_IsUnsupported(string type)
    {
        Answer answer = await Api.SendAsync(HttpMethod.Post, Kind.ConfigMap.In(Namespace), "{}", type);
        answer.IsFailure(
            415, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf");
    }

    [Case]
    public async Task Post_WithoutMediaType_IsJson() =>
        (await Api.SendAsync(HttpMethod.Post, Kind.ConfigMap.In(Namespace), """{"metadata":{"name":"a"}}""", "")).Is(201);

    [Case]
    public async Task Post_MediaTypeWithCharset_IsJson() =>
        (await Api.SendAsync(HttpMethod.Post, Kind.ConfigMap.In(Namespace), """{"metadata":{"name":"a"}}""", "application/json; charset=utf-8")).Is(201);

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Post_Yaml_IsRead(string plural)
    {
        var kind = Kind.Of(plural);
        string yaml = $"apiVersion: {kind.ApiVersion}\nkind: {kind.Name}\nmetadata:\n  name: a\n  labels: {{x: \"1\", z: 'on'}}\n";
        (await Api.SendAsync(HttpMethod.Post, kind.In(Namespace), yaml, KubeClient.Yaml)).Is(201)
            .Matches("""{"metadata":{"name":"a","labels":{"x":"1","z":"on"}}}""");
    }

    [Case]
    public async Task Post_BrokenYaml_IsBadRequest() =>
        (await Api.SendAsync(HttpMethod.Post, Kind.ConfigMap.In(Namespace), "a: [", KubeClient.Yaml)).Is(400).Has("reason", "BadRequest");

    [Case]
    public async Task Post_BeyondThreeMebibytes_IsTooLarge()
    {
        string body = $$$"""{"metadata":{"name":"a"},"data":{"a":"{{{new string('x', 3 << 20)}}}"}}""";
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), body)).IsFailure(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
    }

    [Case]
    public async Task Post_Protobuf_IsRead()
    {
        // ConfigMap{metadata{name}, data{a:1}} inside Unknown{TypeMeta{v1, ConfigMap}, raw}.
        byte[] raw = [0x0a, 0x03, 0x0a, 0x01, (byte)'p', 0x12, 0x06, 0x0a, 0x01, (byte)'a', 0x12, 0x01, (byte)'1'];
        byte[] type = [0x0a, 0x02, .. "v1"u8, 0x12, 0x09, .. "ConfigMap"u8];
        byte[] body = [.. "k8s\0"u8, 0x0a, (byte)type.Length, .. type, 0x12, (byte)raw.Length, .. raw];
        (await Api.SendAsync(HttpMethod.Post, Kind.ConfigMap.In(Namespace), body, "application/vnd.kubernetes.protobuf", ("Accept", "application/json"))).Is(201)
            .Matches("""{"kind":"ConfigMap","metadata":{"name":"p"},"data":{"a":"1"}}""");
    }

    [Case]
    public async Task Post_BrokenProtobuf_IsBadRequest() =>
        (await Api.SendAsync(HttpMethod.Post, Kind.ConfigMap.In(Namespace), [.. "k8s\0"u8, 0xff, 0xff, 0xff], "application/vnd.kubernetes.protobuf", ("Accept", "application/json")))
            .Is(400).Has("reason", "BadRequest");

    [Case]
    public async Task Post_ProtobufOfACustomKind_IsRefused()
    {
        Answer answer = await Api.SendAsync(HttpMethod.Post, Kind.Network.In(Namespace), [.. "k8s\0"u8], "application/vnd.kubernetes.protobuf", ("Accept", "application/json"));
        Assert.True(answer.Code is 400 or 415, answer.ToString());
    }

    [Case]
    public async Task Post_UnknownFieldOfBuiltIn_IsDropped() =>
        (await CreateAsync(Kind.ConfigMap, "a", """{"bogus":1,"metadata":{"bogus":2}}""")).HasNot("bogus").HasNot("metadata.bogus");

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Post_UnknownFieldNestedDeeply_IsDropped(string plural)
    {
        var kind = Kind.Of(plural);
        string nested = string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200);
        string body = kind.Manifest("a").ToJsonString().Insert(1, $"\"bogus\":{nested},");
        (await Api.PostAsync(kind.In(Namespace), body)).Is(201).HasNot("bogus");
    }

    [Case]
    public async Task Post_UnknownFieldOfCustomObject_IsPruned() =>
        (await CreateAsync(Kind.LoadBalancer, "a", """{"bogus":1,"spec":{"bogus":{"x":1},"networkRef":{"bogus":1}}}"""))
            .HasNot("bogus").HasNot("spec.bogus").HasNot("spec.networkRef.bogus");

    [Cases]
    [InlineData("configmaps", "{\"bogus\":1,\"immutabel\":true}", "unknown field \"bogus\"|unknown field \"immutabel\"")]
    [InlineData("loadbalancers", "{\"bogus\":1,\"spec\":{\"bogus\":2}}", "unknown field \"bogus\"|unknown field \"spec.bogus\"")]
    [InlineData("networks", "{\"metadata\":{\"bogus\":1}}", "unknown field \"metadata.bogus\"")]
    [Differs("before 1.25 there is no fieldValidation: unknown fields are dropped without a word", "as 1.25 and newer: Strict refuses and names each", Since = 25)]
    public async Task Post_UnknownFieldsStrict_AreNamed(string plural, string changes, string problems)
    {
        var kind = Kind.Of(plural);
        Answer answer = await Api.PostAsync(kind.In(Namespace) + "?fieldValidation=Strict", kind.Manifest("a", changes));
        if (Differs)
        {
            answer.Is(201);
            return;
        }

        answer.Is(400).Has("reason", "BadRequest");
        Assert.All(problems.Split('|'), p => Assert.Contains(p, answer.Get("message"), StringComparison.Ordinal));
        Assert.Contains("strict decoding error: ", answer.Get("message"), StringComparison.Ordinal);
    }

    [Cases]
    [InlineData("")]
    [InlineData("?fieldValidation=Warn")]
    [Differs("before 1.25 there is no fieldValidation: unknown fields are dropped without a word", "as 1.25 and newer: a Warning for each", Since = 25)]
    public async Task Post_UnknownFieldsWarn_AreWarnedOf(string query)
    {
        Answer answer = await Api.PostAsync(Kind.LoadBalancer.In(Namespace) + query, Kind.LoadBalancer.Manifest("a", """{"bogus":1,"spec":{"bogus":2}}"""));
        answer.Is(201);
        Assert.Equal(Differs ? [] : ["299 - \"unknown field \\\"bogus\\\"\"", "299 - \"unknown field \\\"spec.bogus\\\"\""], answer.Headers("Warning").Order());
    }

    [Case]
    public async Task Post_UnknownFieldsIgnore_AreDroppedSilently()
    {
        Answer answer = await Api.PostAsync(Kind.LoadBalancer.In(Namespace) + "?fieldValidation=Ignore", Kind.LoadBalancer.Manifest("a", """{"bogus":1}"""));
        Assert.Empty(answer.Is(201).Headers("Warning"));
    }

    [Case]
    [Differs("before 1.25 there is no fieldValidation", "as 1.25 and newer: a repeated member is refused when Strict", Since = 25)]
    public async Task Post_RepeatedMemberStrict_IsNamed()
    {
        Answer answer = await Api.PostAsync(Kind.ConfigMap.In(Namespace) + "?fieldValidation=Strict", """{"metadata":{"name":"a"},"data":{"x":"1","x":"2"}}""");
        if (Differs)
        {
            answer.Is(201).Has("data.x", "2");
            return;
        }

        answer.Is(400);
        Assert.Contains("duplicate field \"data.x\"", answer.Get("message"), StringComparison.Ordinal);
    }

    [Case]
    [Differs("before 1.25 there is no fieldValidation", "as 1.25 and newer: other values are refused", Since = 25)]
    public async Task Post_OtherFieldValidation_IsInvalid()
    {
        Answer answer = await Api.PostAsync(Kind.ConfigMap.In(Namespace) + "?fieldValidation=Some", Kind.ConfigMap.Manifest("a"));
        if (Differs)
        {
            answer.Is(201);
            return;
        }

        answer.IsFailure(
            422, "Invalid", "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Some\": supported values: \"Ignore\", \"Warn\", \"Strict\"",
            $$"""{"group":"meta.k8s.io","kind":"CreateOptions","causes":[{{Cause("FieldValueNotSupported", "Unsupported value: \"Some\": supported values: \"Ignore\", \"Warn\", \"Strict\"", "fieldValidation")}}]}""");
    }

    [Case]
    public async Task Post_TextThatIsNotUtf8_IsBadRequestOrReplaced()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("{\"metadata\":{\"name\":\"a\"},\"data\":{\"x\":\""), 0xff, .. "\"}}"u8];
        Answer answer = await Api.SendAsync(HttpMethod.Post, Kind.ConfigMap.In(Namespace), body, KubeClient.Json);
        Assert.True(answer.Code is 400 || (answer.Code is 201 && answer.Get("data.x") == "\ufffd"), answer.ToString());
    }
}
