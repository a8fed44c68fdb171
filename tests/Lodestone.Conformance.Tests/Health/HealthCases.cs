using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Health;

public sealed class HealthCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/healthz")]
    public async Task Get_Health_IsOk(string path)
    {
        Answer answer = (await Api.GetAsync(path)).Is(200);
        Assert.Equal("ok", answer.Text);
        Assert.StartsWith("text/plain", answer.ContentType, StringComparison.Ordinal);
        answer.HasHeader("X-Content-Type-Options", "nosniff");
    }

    [Cases]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    public async Task Get_Verbose_ListsChecks(string path)
    {
        Answer answer = (await Api.GetAsync(path + "?verbose")).Is(200);
        Assert.Contains("[+]ping ok\n", answer.Text, StringComparison.Ordinal);
        Assert.EndsWith($"{path[1..]} check passed\n", answer.Text, StringComparison.Ordinal);
    }

    [Cases]
    [InlineData("/livez/ping")]
    [InlineData("/readyz/ping")]
    public async Task Get_OneCheck_IsOk(string path) => Assert.Equal("ok", (await Api.GetAsync(path)).Is(200).Text);

    [Case]
    public async Task Get_UnknownCheck_NotFound() => (await Api.GetAsync("/livez/bogus")).Is(404);

    [Case]
    public async Task Get_Excluded_IsSaid() =>
        Assert.Contains("[+]ping excluded: ok\n", (await Api.GetAsync("/livez?verbose&exclude=ping")).Is(200).Text, StringComparison.Ordinal);

    [Case]
    public async Task Get_Metrics_CountRequests()
    {
        Answer answer = (await Api.GetAsync("/metrics")).Is(200);
        Assert.StartsWith("text/plain", answer.ContentType, StringComparison.Ordinal);
        Assert.Contains("apiserver_request_total{", answer.Text, StringComparison.Ordinal);
    }
}
