using System.Net;
using Lodestone.ApiServer.Tests.Metrics;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.ApiServer.Tests.Endpoints;

/// <summary>Health as kube-apiserver tells it, and a stop as it makes it.</summary>
public sealed class HealthTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Theory]
    [InlineData("/livez", "ok")]
    [InlineData("/readyz", "ok")]
    [InlineData("/healthz", "ok")]
    [InlineData("/readyz/store", "ok")]
    [InlineData("/readyz/ping?verbose", "ok")]
    [InlineData("/livez?verbose", "[+]ping ok\n[+]store ok\nlivez check passed\n")]
    [InlineData("/readyz?verbose", "[+]ping ok\n[+]store ok\n[+]shutdown ok\nreadyz check passed\n")]
    [InlineData("/readyz?verbose&exclude=store", "[+]ping ok\n[+]store excluded: ok\n[+]shutdown ok\nreadyz check passed\n")]
    [InlineData("/livez?verbose&exclude=zz&exclude=nope", "[+]ping ok\n[+]store ok\nwarn: some health checks cannot be excluded: no matches for \"nope\",\"zz\"\nlivez check passed\n")]
    [InlineData("/livez?exclude=nope", "ok")]
    public async Task Health_Well_IsTold(string path, string text)
    {
        ApiAnswer answer = (await _admin.GetAsync(path)).Expect(200);

        Assert.Equal((text, "text/plain; charset=utf-8"), (answer.Text, answer.ContentType));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("/readyz/nope")]
    [InlineData("/livez/shutdown")]
    [InlineData("/readyz/ping/more")]
    public async Task Health_UnknownCheck_IsNotFound(string path) => (await _admin.GetAsync(path)).ExpectFailure(404, "NotFound");

    [Fact]
    public async Task Stop_WithDelay_IsNotReadyButStillAnswers()
    {
        using var directory = new TempDirectory();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var stopping = new LodestoneApiServer(new LodestoneApiServerOptions
        {
            DataDirectory = directory.Path,
            TimeProvider = time,
            ShutdownDelay = TimeSpan.FromSeconds(10),
        });
        await stopping.StartAsync(TestContext.Current.CancellationToken);
        string kubeconfig = await File.ReadAllTextAsync(stopping.KubeconfigPath, TestContext.Current.CancellationToken);
        using ApiClient admin = ApiClient.FromKubeconfig(kubeconfig);
        using ApiClient anybody = ApiClient.FromKubeconfig(kubeconfig, isAnonymous: true);
        using WatchReader watch = await admin.WatchAsync("/api/v1/namespaces?watch=true");

        Task stop = stopping.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            "[+]ping ok\n[+]store ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n",
            (await anybody.GetAsync("/readyz")).Expect(500).Text);
        Assert.Contains("[-]shutdown failed: the server is stopping\n", (await admin.GetAsync("/readyz")).Expect(500).Text, StringComparison.Ordinal);
        Assert.Equal("internal server error: reason withheld\n", (await anybody.GetAsync("/readyz/shutdown")).Expect(500).Text);
        (await admin.GetAsync("/readyz?exclude=shutdown")).Expect(200);
        (await admin.GetAsync("/livez")).Expect(200);
        (await admin.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"last"}}""")).Expect(201);
        Assert.False(stop.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(10));
        await stop;
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Stop_RequestIsRunningAndWatchIsOpen_OneIsAnsweredTheOtherEnds(string version)
    {
        using var directory = new TempDirectory();
        await using var stopping = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path });
        await stopping.StartAsync(TestContext.Current.CancellationToken);
        using ApiClient admin = ApiClient.FromKubeconfig(
            await File.ReadAllTextAsync(stopping.KubeconfigPath, TestContext.Current.CancellationToken), version: Version.Parse(version));
        using WatchReader watch = await admin.WatchAsync("/api/v1/namespaces?watch=true&labelSelector=none");
        using var body = new SlowContent("""{"metadata":{"name":"late"}}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces") { Content = body, Version = Version.Parse(version) };
        Task<HttpResponseMessage> running = admin.Http.SendAsync(request, TestContext.Current.CancellationToken);
        await body.Begun;
        using ApiClient observer = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(stopping.KubeconfigPath, TestContext.Current.CancellationToken));
        // The watch, the request, and this one.
        while (PrometheusText.Parse((await observer.GetAsync("/metrics")).Text).Sum("lodestone_requests_open") < 3)
        {
        }

        Task stop = stopping.StopAsync(TestContext.Current.CancellationToken);
        while (await watch.NextAsync() is not null)
        {
        }

        Assert.False(stop.IsCompleted);
        body.Finish();
        using HttpResponseMessage answer = await running;

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await stop;
    }

    /// <summary>Sends its first byte, and the rest when it is told to.</summary>
    private sealed class SlowContent(string text) : HttpContent
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public void Finish() => _finish.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
            await stream.WriteAsync(bytes.AsMemory(0, 1));
            await stream.FlushAsync();
            _begun.SetResult();
            await _finish.Task;
            await stream.WriteAsync(bytes.AsMemory(1));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = text.Length;
            return true;
        }
    }
}
