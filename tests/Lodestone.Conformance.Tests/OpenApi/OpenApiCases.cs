using System.Text.Json.Nodes;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.OpenApi;

public sealed class OpenApiCases(Target target) : ConformanceCase(target)
{
    private const string NoV3 = "before 1.27 there is no OpenAPI v3: 404";
    private const string V3 = "as newer versions";

    [Case]
    public async Task Get_V2_HasOurKinds()
    {
        Answer document = (await Api.GetAsync("/openapi/v2")).Is(200).Has("swagger", "2.0");
        Assert.NotNull(document["paths"]["/apis/networking.ironcore.dev/v1alpha1/namespaces/{namespace}/loadbalancers"]);
        Assert.Contains(document["definitions"].AsObject(), d => IsKind(d.Value, "LoadBalancer"));
        Assert.Contains(document["definitions"].AsObject(), d => IsKind(d.Value, "ConfigMap"));
    }

    [Case]
    public async Task Get_V2AsProtobuf_IsProtobuf()
    {
        Answer document = await Api.GetAsync("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
        document.Is(200);
        Assert.Equal(0x0a, document.Content[0]);
        Assert.Contains("2.0", document.Text[..16], StringComparison.Ordinal);
    }

    [Case]
    public async Task Get_V2WithETag_IsNotModified()
    {
        Answer document = (await Api.GetAsync("/openapi/v2")).Is(200);
        string etag = document.Header("ETag")!;
        (await Api.SendAsync(HttpMethod.Get, "/openapi/v2", headers: [("If-None-Match", etag)])).Is(304);
    }

    [Case]
    [Differs(NoV3, V3, Since = 27)]
    public async Task Get_V3_IndexesGroups()
    {
        Answer index = await Api.GetAsync("/openapi/v3");
        if (Differs)
        {
            index.Is(404);
            return;
        }

        index.Is(200);
        foreach (string group in (string[])["api/v1", "apis/networking.ironcore.dev/v1alpha1", "apis/coordination.k8s.io/v1"])
        {
            Assert.Matches($"^/openapi/v3/{group}\\?hash=.+$", (string)index["paths"][group]!["serverRelativeURL"]!);
        }
    }

    [Case]
    [Differs(NoV3, V3, Since = 27)]
    public async Task Get_V3ByHash_IsImmutable()
    {
        if (Differs)
        {
            (await Api.GetAsync("/openapi/v3/api/v1")).Is(404);
            return;
        }

        string path = (string)(await Api.GetAsync("/openapi/v3")).Is(200)["paths"]["apis/networking.ironcore.dev/v1alpha1"]!["serverRelativeURL"]!;
        Answer document = (await Api.GetAsync(path)).Is(200).HasHeader("Cache-Control", "public, immutable");
        (await Api.SendAsync(HttpMethod.Get, path, headers: [("If-None-Match", document.Header("ETag")!)])).Is(304);
        Answer stale = await Api.GetAsync("/openapi/v3/apis/networking.ironcore.dev/v1alpha1?hash=STALE");
        Assert.Equal(path, stale.Is(301).Header("Location"));
    }

    [Case]
    [Differs(NoV3, V3, Since = 27)]
    public async Task Get_V3_OperationsTakeFieldValidation()
    {
        Answer document = await Api.GetAsync("/openapi/v3/apis/networking.ironcore.dev/v1alpha1");
        if (Differs)
        {
            document.Is(404);
            return;
        }

        JsonNode path = document.Is(200)["paths"]["/apis/networking.ironcore.dev/v1alpha1/namespaces/{namespace}/loadbalancers/{name}"]!;
        foreach (string method in (string[])["put", "patch"])
        {
            Assert.Equal("LoadBalancer", (string?)path[method]!["x-kubernetes-group-version-kind"]!["kind"]);
            Assert.Contains(path[method]!["parameters"]!.AsArray(), p => (string?)p!["name"] == "fieldValidation");
        }
    }

    private static bool IsKind(JsonNode? definition, string kind) =>
        definition?["x-kubernetes-group-version-kind"] is JsonArray kinds && kinds.Any(k => (string?)k!["kind"] == kind);
}
