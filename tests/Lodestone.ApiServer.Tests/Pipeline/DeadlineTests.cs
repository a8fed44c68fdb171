using System.Net;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.Pipeline;

public sealed class DeadlineTests(ApiServerFixture server) : IClassFixture<ApiServerFixture>
{
    private readonly ApiClient _admin = server.Admin;

    [Theory]
    [InlineData("abc", "time: invalid duration \"abc\"")]
    [InlineData("5", "time: missing unit in duration \"5\"")]
    [InlineData("5x", "time: unknown unit \"x\" in duration \"5x\"")]
    public async Task Timeout_NoDuration_IsABadRequest(string timeout, string problem) => Assert.Equal(
        $"invalid timeout specified in the request URL - {problem}",
        (await _admin.GetAsync($"/api/v1/namespaces?timeout={timeout}")).ExpectFailure(400, "BadRequest").Message);

    [Theory]
    [InlineData("32s")]
    [InlineData("0s")]
    [InlineData("1000h")]
    public async Task Timeout_Enough_ChangesNothing(string timeout) => (await _admin.GetAsync($"/apis?timeout={timeout}")).Expect(200);

    [Fact]
    public async Task Timeout_TooShort_IsATimeout()
    {
        ApiAnswer answer = (await _admin.GetAsync("/api/v1/namespaces?resourceVersion=999999999&timeout=50ms")).ExpectFailure(504, "Timeout");

        Assert.Equal("Timeout: request did not complete within the allotted timeout", answer.Message);
    }

    [Fact]
    public async Task Timeout_BodyNeverEnds_IsATimeout()
    {
        // Over HTTP/2: a client of 1.1 reads no answer before it has sent everything.
        using ApiClient client = ApiClient.FromKubeconfig(File.ReadAllText(server.Server.KubeconfigPath), version: HttpVersion.Version20);
        using var content = new EndlessContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/namespaces?timeout=100ms") { Content = content, Version = HttpVersion.Version20 };

        using HttpResponseMessage response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        Assert.Equal(504, (int)response.StatusCode);
        Assert.Contains("allotted timeout", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timeout_DiskHangs_IsATimeoutAndTheWriteMayStillHappen()
    {
        using var directory = new TempDirectory();
        using var disk = new ManualResetEventSlim(initialState: true);
        await using var slow = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory.Path })
        {
            LogWrapper = log => new HangingLog(log, disk),
        };
        await slow.StartAsync(TestContext.Current.CancellationToken);
        using ApiClient admin = ApiClient.FromKubeconfig(await File.ReadAllTextAsync(slow.KubeconfigPath, TestContext.Current.CancellationToken));
        disk.Reset();

        try
        {
            (await admin.PostAsync("/api/v1/namespaces?timeout=50ms", """{"metadata":{"name":"late"}}""")).ExpectFailure(504, "Timeout");
            (await admin.MergePatchAsync("/api/v1/namespaces/default?timeout=50ms", """{"metadata":{"labels":{"a":"b"}}}""")).ExpectFailure(504, "Timeout");
            (await admin.GetAsync("/api/v1/namespaces/late")).Expect(404);
        }
        finally
        {
            disk.Set();
        }

        (await admin.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"next"}}""")).Expect(201);
        (await admin.GetAsync("/api/v1/namespaces/late")).Expect(200);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1h2m3.5s", 3723.5)]
    [InlineData("300ms", 0.3)]
    [InlineData("1us", 0.000001)]
    [InlineData("-2s", -2)]
    [InlineData("+.5m", 30)]
    public void GoDuration_Valid_IsRead(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out TimeSpan duration, out _));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("1.2.3s")]
    [InlineData("1")]
    [InlineData("1d")]
    [InlineData("99999999999999999999h")]
    [InlineData(".s")]
    public void GoDuration_Invalid_IsNotRead(string text)
    {
        Assert.False(GoDuration.TryParse(text, out _, out string problem));
        Assert.StartsWith("time: ", problem, StringComparison.Ordinal);
    }

    private sealed class EndlessContent : HttpContent
    {
        private readonly TaskCompletionSource _disposed = new();

        public EndlessContent() => Headers.ContentType = new("application/json");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("{"u8.ToArray());
            await stream.FlushAsync();
            await _disposed.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            _disposed.TrySetResult();
            base.Dispose(disposing);
        }
    }

    private sealed class HangingLog(ICommitLog inner, ManualResetEventSlim disk) : ICommitLog
    {
        public long Load(Action<LogEntry> restore, Action<LogEntry> replay) => inner.Load(restore, replay);

        public void Append(IReadOnlyList<LogEntry> entries)
        {
            disk.Wait();
            inner.Append(entries);
        }

        public void Committed(StoreState state) => inner.Committed(state);

        public void Recover(StoreState state) => inner.Recover(state);

        public void Dispose() => inner.Dispose();
    }
}
