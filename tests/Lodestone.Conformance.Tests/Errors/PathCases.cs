using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Errors;

/// <summary>Paths and methods that mean nothing.</summary>
public sealed class PathCases(Target target) : ConformanceCase(target)
{
    private const string NotFound = "the server could not find the requested resource";

    [Cases]
    [InlineData("/bogus")]
    [InlineData("/api/v2")]
    [InlineData("/apis/bogus.example.com")]
    [InlineData("/apis/bogus.example.com/v1")]
    [InlineData("/apis/networking.ironcore.dev/v9")]
    [InlineData("/openapi/bogus")]
    public async Task Get_UnknownPath_NotFound(string path) => (await Api.GetAsync(path)).Is(404);

    [Case]
    public async Task Get_UnknownResource_NotFound() =>
        (await Api.GetAsync($"/api/v1/namespaces/{Namespace}/bogus")).IsFailure(404, "NotFound", NotFound, "{}");

    [Case]
    public async Task Get_UnknownSubresource_NotFound()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a") + "/bogus")).IsFailure(404, "NotFound", NotFound, "{}");
    }

    [Case]
    public async Task Get_UnknownResourceOfCustomGroup_NotFound() =>
        (await Api.GetAsync($"/apis/networking.ironcore.dev/v1alpha1/namespaces/{Namespace}/bogus")).Is(404);

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Get_ObjectThatIsNot_NotFound(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.GetAsync(kind.At(Namespace, "missing"))).IsFailure(404, "NotFound", $"{kind.Resource} \"missing\" not found", kind.Details("missing"));
    }

    [Cases]
    [InlineData("namespaces")]
    [InlineData("addresspools")]
    [InlineData("clusterroles")]
    public async Task Get_ClusterScopedObjectThatIsNot_NotFound(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.GetAsync(kind.At("", "missing"))).IsFailure(404, "NotFound", $"{kind.Resource} \"missing\" not found", kind.Details("missing"));
    }

    [Case]
    public async Task Post_Version_IsNotAllowed() => Assert.True((await Api.PostAsync("/version", "{}")).Code is 405 or 404);

    [Case]
    public async Task Options_Object_IsNotAllowed()
    {
        Answer answer = await Api.SendAsync(HttpMethod.Options, Kind.ConfigMap.In(Namespace));
        answer.Is(405);
    }

    [Case]
    public async Task Every_Failure_IsAStatus()
    {
        Answer answer = await Api.GetAsync(Kind.ConfigMap.At(Namespace, "missing"));
        Assert.Equal("application/json", answer.ContentType);
        answer.HasHeader("Cache-Control", "no-cache, private");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    [Differs("without an audit policy it is not echoed", "as newer versions: always", Since = 22)]
    public async Task Every_AuditId_IsEchoed(string plural)
    {
        Answer answer = await Api.SendAsync(HttpMethod.Get, Kind.Of(plural).In(Namespace), headers: ("Audit-ID", "conformance-1"));
        answer.Is(200).HasHeader("Audit-Id", Differs ? null : "conformance-1");
    }

    [Case]
    [Differs("before 1.22 it is ignored", "as newer versions: 400", Since = 22)]
    public async Task Get_BadTimeout_IsBadRequest()
    {
        Answer answer = await Api.GetAsync(Kind.ConfigMap.In(Namespace) + "?timeout=bogus");
        if (Differs)
        {
            answer.Is(200);
            return;
        }

        answer.Is(400);
        Assert.Contains("invalid timeout specified in the request URL", answer.Text, StringComparison.Ordinal);
    }

    [Case]
    public async Task Get_NameWithDotsAndDashes_IsFound()
    {
        await CreateAsync(Kind.ConfigMap, "a.b-c.d");
        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a.b-c.d"))).Is(200);
    }

    [Case]
    public async Task Get_RoleWithColon_IsFound()
    {
        await CreateAsync(Kind.Role, "a:b");
        (await Api.GetAsync(Kind.Role.At(Namespace, "a:b"))).Is(200);
        (await Api.GetAsync(Kind.Role.At(Namespace, "a%3Ab"))).Is(200);
    }
}
