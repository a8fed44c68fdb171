using Lodestone.ApiServer.Metrics;

namespace Lodestone.ApiServer.Tests.Metrics;

public sealed class MetricsTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Theory]
    [InlineData("apiserver_request_total", "counter")]
    [InlineData("apiserver_request_duration_seconds", "histogram")]
    [InlineData("apiserver_current_inflight_requests", "gauge")]
    [InlineData("apiserver_longrunning_requests", "gauge")]
    [InlineData("apiserver_request_terminations_total", "counter")]
    [InlineData("apiserver_flowcontrol_rejected_requests_total", "counter")]
    [InlineData("apiserver_storage_objects", "gauge")]
    [InlineData("lodestone_store_commit_duration_seconds", "histogram")]
    [InlineData("lodestone_store_size_bytes", "gauge")]
    [InlineData("process_cpu_seconds_total", "counter")]
    [InlineData("process_resident_memory_bytes", "gauge")]
    [InlineData("process_open_fds", "gauge")]
    [InlineData("dotnet_gc_collections_total", "counter")]
    public async Task Metrics_Scraped_AreCleanAndHaveWhatDashboardsAskFor(string name, string type)
    {
        ApiAnswer answer = (await _admin.GetAsync("/metrics")).Expect(200);

        Assert.StartsWith("text/plain; version=0.0.4", answer.ContentType, StringComparison.Ordinal);
        Assert.Equal(type, PrometheusText.Parse(answer.Text).Types[name]);
    }

    [Fact]
    public async Task Requests_OfEachKind_AreCounted()
    {
        string ns = await server.NamespaceAsync();
        string path = $"/api/v1/namespaces/{ns}/configmaps";
        PrometheusText before = await ScrapeAsync();

        (await _admin.PostAsync(path, """{"metadata":{"name":"a"}}""")).Expect(201);
        (await _admin.PostAsync(path + "?dryRun=All", """{"metadata":{"name":"b"}}""")).Expect(201);
        (await _admin.GetAsync(path + "/none")).Expect(404);
        (await _admin.GetAsync(path)).Expect(200);
        (await _admin.GetAsync(path + "?watch=true&timeoutSeconds=1")).Expect(200);
        (await _admin.DeleteAsync(path + "/a")).Expect(200);

        PrometheusText after = await ScrapeAsync();
        double Grown(params string[] labels) =>
            after.Sum("apiserver_request_total", [.. labels, "resource=\"configmaps\""]) - before.Sum("apiserver_request_total", [.. labels, "resource=\"configmaps\""]);
        Assert.Equal(1, Grown("verb=\"POST\"", "code=\"201\"", "dry_run=\"\"", "scope=\"resource\""));
        Assert.Equal(1, Grown("verb=\"POST\"", "dry_run=\"All\""));
        Assert.Equal(1, Grown("verb=\"GET\"", "code=\"404\""));
        Assert.Equal(1, Grown("verb=\"LIST\"", "code=\"200\"", "scope=\"namespace\""));
        Assert.Equal(1, Grown("verb=\"WATCH\"", "code=\"200\""));
        Assert.Equal(1, Grown("verb=\"DELETE\""));
        Assert.Equal(
            after.Sum("apiserver_request_total", "resource=\"configmaps\"", "verb=\"GET\""),
            after.Sum("apiserver_request_duration_seconds_count", "resource=\"configmaps\"", "verb=\"GET\""));
        Assert.Equal(0, after.Sum("apiserver_request_duration_seconds_count", "verb=\"WATCH\""));
        Assert.True(after.Sum("lodestone_store_commit_duration_seconds_count") > before.Sum("lodestone_store_commit_duration_seconds_count"));
    }

    [Fact]
    public async Task Watch_Open_IsALongRunningRequest()
    {
        using (WatchReader watch = await _admin.WatchAsync("/apis/coordination.k8s.io/v1/leases?watch=true"))
        {
            Assert.Equal(1, (await ScrapeAsync()).Sum("apiserver_longrunning_requests", "resource=\"leases\"", "verb=\"WATCH\""));
        }
    }

    [Fact]
    public async Task Watch_Events_AreCounted()
    {
        string ns = await server.NamespaceAsync();
        double before = (await ScrapeAsync()).Sum("apiserver_watch_events_total", "resource=\"serviceaccounts\"");
        using WatchReader watch = await _admin.WatchAsync($"/api/v1/namespaces/{ns}/serviceaccounts?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Da");

        (await _admin.PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"a"}}""")).Expect(201);

        Assert.Equal(("ADDED", "a"), await watch.NextChangeAsync());
        Assert.Equal(before + 1, (await ScrapeAsync()).Sum("apiserver_watch_events_total", "resource=\"serviceaccounts\""));
    }

    [Fact]
    public async Task Objects_Created_AreInStorageObjects()
    {
        double before = (await ScrapeAsync()).Sum("apiserver_storage_objects", "resource=\"namespaces\"");

        await server.NamespaceAsync();

        Assert.Equal(before + 1, (await ScrapeAsync()).Sum("apiserver_storage_objects", "resource=\"namespaces\""));
    }

    [Fact]
    public async Task MadeUpNames_AreNoLabels()
    {
        (await _admin.GetAsync("/apis/made.up/v1/things")).Expect(404);
        (await _admin.SendAsync(new HttpMethod("MADEUP"), "/api/v1/namespaces", null, null)).Expect(405);

        string text = (await _admin.GetAsync("/metrics")).Expect(200).Text;
        Assert.DoesNotContain("made.up", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("MADEUP", text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Metrics_OrdinaryUser_AreForbidden()
    {
        using ApiClient somebody = ApiClient.FromKubeconfig(server.Server.Credentials.IssueKubeconfig(server.Server.Url, "somebody", ["people"]));

        (await somebody.GetAsync("/metrics")).ExpectFailure(403, "Forbidden");
    }

    [Fact]
    public void Text_LabelAndHelp_AreEscaped()
    {
        var registry = new MetricRegistry();
        registry.Add(new CounterFamily("a_total", "Two\nlines.", "l")).With("q\"b\\n\n").Add(3);

        Assert.Equal("# HELP a_total Two\\nlines.\n# TYPE a_total counter\na_total{l=\"q\\\"b\\\\n\\n\"} 3\n", registry.Write());
    }

    [Fact]
    public void Histogram_Values_FallIntoTheirBuckets()
    {
        var registry = new MetricRegistry();
        Histogram histogram = registry.Add(new HistogramFamily("h_seconds", "H.", [0.1, 1])).With();
        foreach (double value in new[] { 0.05, 0.1, 0.5, 2 })
        {
            histogram.Observe(value);
        }

        Assert.Equal(
            "# HELP h_seconds H.\n# TYPE h_seconds histogram\nh_seconds_bucket{le=\"0.1\"} 2\nh_seconds_bucket{le=\"1\"} 3\nh_seconds_bucket{le=\"+Inf\"} 4\nh_seconds_sum 2.65\nh_seconds_count 4\n",
            registry.Write());
    }

    private async Task<PrometheusText> ScrapeAsync() => PrometheusText.Parse((await _admin.GetAsync("/metrics")).Expect(200).Text);
}
