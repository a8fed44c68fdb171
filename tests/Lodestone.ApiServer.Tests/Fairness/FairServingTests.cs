using Lodestone.ApiServer.Tests.Metrics;

namespace Lodestone.ApiServer.Tests.Fairness;

/// <summary>A server with few seats, and a client that wants them all.</summary>
public sealed class FairServingTests : IAsyncLifetime
{
    private const int Hogs = 500;
    private readonly TempDirectory _directory = new();
    private LodestoneApiServer _server = null!;
    private ApiClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _server = new LodestoneApiServer(new LodestoneApiServerOptions
        {
            DataDirectory = _directory.Path,
            MaxReadOnlyInFlight = 20,
            MaxMutatingInFlight = 2,
            MaxQueuedPerUser = 100,
        });
        await _server.StartAsync();
        _admin = ApiClient.FromKubeconfig(File.ReadAllText(_server.KubeconfigPath));
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task OneClient_500SlowRequests_OthersAreAnswered()
    {
        await AllowAllAsync("hog", "other");
        using ApiClient hog = Client("hog");
        using ApiClient other = Client("other");
        using var enough = new CancellationTokenSource();
        // A list at a version that is never reached waits for it: 3 seconds on a seat.
        Task<HttpResponseMessage>[] slow =
            [.. Enumerable.Range(0, Hogs).Select(_ => hog.Http.GetAsync("/api/v1/namespaces?resourceVersion=999999999", enough.Token))];
        Task<HttpResponseMessage> refused = await Task.WhenAny(slow);

        using (HttpResponseMessage answer = await refused)
        {
            Assert.Equal(429, (int)answer.StatusCode);
            Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
            Assert.Contains("\"reason\":\"TooManyRequests\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        for (int i = 0; i < 20; i++)
        {
            ApiAnswer answer = (await other.GetAsync("/api/v1/namespaces/default")).Expect(200);
            Assert.NotEqual(
                answer.Headers.GetValues("X-Kubernetes-PF-PriorityLevel-UID").Single(),
                (await _admin.GetAsync("/api/v1/namespaces/default")).Expect(200).Headers.GetValues("X-Kubernetes-PF-PriorityLevel-UID").Single());
        }

        PrometheusText metrics = PrometheusText.Parse((await _admin.GetAsync("/metrics")).Expect(200).Text);
        Assert.True(metrics.Sum("apiserver_flowcontrol_rejected_requests_total", "reason=\"queue-full\"") > 0);
        (await _admin.GetAsync("/readyz")).Expect(200);
        await enough.CancelAsync();
        await Task.WhenAll(slow.Select(s => s.ContinueWith(_ => { }, TaskScheduler.Default)));
    }

    [Fact]
    public async Task Watches_MoreThanSeats_AreAllServed()
    {
        await AllowAllAsync("watcher");
        using ApiClient client = Client("watcher");
        var watches = new List<WatchReader>();
        for (int i = 0; i < 30; i++)
        {
            watches.Add(await client.WatchAsync("/api/v1/namespaces?watch=true"));
        }

        (await client.GetAsync("/api/v1/namespaces/default")).Expect(200);
        watches.ForEach(w => w.Dispose());
    }

    private ApiClient Client(string user) => ApiClient.FromKubeconfig(_server.Credentials.IssueKubeconfig(_server.Url, user, ["people"]));

    private async Task AllowAllAsync(params string[] users)
    {
        foreach (string user in users)
        {
            (await _admin.PostAsync("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", $$$"""
                {"metadata":{"name":"{{{user}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},
                 "subjects":[{"kind":"User","name":"{{{user}}}","apiGroup":"rbac.authorization.k8s.io"}]}
                """)).Expect(201);
        }
    }
}
