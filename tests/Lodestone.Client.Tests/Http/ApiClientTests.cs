using System.Net;
using System.Net.Sockets;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Http;
using Microsoft.AspNetCore.Http;
using Xunit;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Client.Tests.Http;

public sealed class ApiClientTests
{
    private const string Conflict = """{"kind":"Status","code":409,"reason":"Conflict"}""";
    private const string NotFound = """{"kind":"Status","code":404,"reason":"NotFound"}""";

    private static readonly ObjectKey Web = new("default", "web");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static LoadBalancer Seen => new() { Metadata = new ObjectMeta { Namespace = "default", Name = "web", Uid = "u", ResourceVersion = "7" } };

    [Theory]
    [InlineData(200, """{"kind":"APIResourceList","resources":[{"name":"services"},{"name":"services/status"}]}""", true)]
    [InlineData(200, """{"kind":"APIResourceList","resources":[{"name":"services/status"}]}""", false)]
    [InlineData(404, "404 page not found", false)]
    public async Task IsServed_DiscoverySays(int code, string body, bool expected)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(body, code);
        using ApiClient client = server.Client();

        Assert.Equal(expected, await client.IsServedAsync(ResourceDefinitions.Service, Token));
        Assert.Equal(["GET /api/v1"], server.Requests);
    }

    /// <summary>.NET ends an attempt to connect by a cancellation that nobody asked for: who waits for the end of a token would take it for that.</summary>
    [Fact]
    public async Task Get_ServerThatTakesNoConnection_IsATimeoutAndNoCancellation()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);

        // Nobody accepts: with one connection in the queue, the kernel answers no further SYN.
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(listener.LocalEndPoint!, Token);
        var server = new Uri($"http://{listener.LocalEndPoint}");
        using var client = new ApiClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromMilliseconds(200), UseProxy = false }, server);

        TimeoutException exception = await Assert.ThrowsAsync<TimeoutException>(() => client.GetAsync<LoadBalancer>(Web, Token));

        Assert.StartsWith($"GET loadbalancers.networking.ironcore.dev default/web: no connection to {server}: ", exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TimeoutException>(async () =>
        {
            await foreach (WatchEvent<LoadBalancer> _ in client.WatchAsync<LoadBalancer>(new WatchOptions(), Token))
            {
            }
        });
    }

    [Fact]
    public async Task Get_Refused_CarriesTheServersStatus()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json("""{"kind":"Status","code":422,"reason":"Invalid","message":"LoadBalancer \"web\" is invalid","details":{"causes":[{"field":"spec.type"}]}}""", 422);
        using ApiClient client = server.Client();

        ApiException exception = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync<LoadBalancer>(Web, Token));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, exception.StatusCode);
        Assert.Equal("Invalid", exception.Reason);
        Assert.Equal("spec.type", exception.Status.Details!.Causes![0].Field);
        Assert.Contains("GET loadbalancers.networking.ironcore.dev default/web", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_AnswerOfAProxy_BecomesAStatus()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json("<h1>Bad Gateway</h1>", 502, retryAfter: "3");
        using ApiClient client = server.Client();

        ApiException exception = await Assert.ThrowsAsync<ApiException>(() => client.GetAsync<LoadBalancer>(Web, Token));

        Assert.Equal(HttpStatusCode.BadGateway, exception.StatusCode);
        Assert.Equal("<h1>Bad Gateway</h1>", exception.Status.Message);
        Assert.Equal(TimeSpan.FromSeconds(3), exception.RetryAfter);
    }

    [Fact]
    public async Task TryGetAndDelete_Absent_AreNoErrors()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(NotFound, 404).Json(NotFound, 404);
        using ApiClient client = server.Client();

        Assert.Null(await client.TryGetAsync<AddressPool>(new ObjectKey("", "pool"), Token));
        Assert.False(await client.DeleteAsync<LoadBalancer>(Web, new DeleteOptions { Uid = "u" }, Token));
        Assert.Equal(
            ["GET /apis/lodestone.dev/v1alpha1/addresspools/pool", "DELETE /apis/networking.ironcore.dev/v1alpha1/namespaces/default/loadbalancers/web"],
            server.Requests);
    }

    [Fact]
    public async Task Update_Conflict_ReadsAgainAndAppliesTheChangeToTheNewState()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        string body = "";
        server.Json(Conflict, 409)
            .Json("""{"metadata":{"name":"web","namespace":"default","uid":"u","resourceVersion":"8","labels":{"theirs":"2"}}}""")
            .Then(async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                body = await reader.ReadToEndAsync();
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("""{"metadata":{"name":"web","resourceVersion":"9"}}""");
            });
        using ApiClient client = server.Client();
        LoadBalancer seen = Seen;

        LoadBalancer? written = await client.UpdateAsync(seen, l => (l.Metadata.Labels ??= [])["ours"] = "1", Token);

        Assert.Equal("9", written!.Metadata.ResourceVersion);
        Assert.Equal("""{"metadata":{"resourceVersion":"8","labels":{"ours":"1"}}}""", body);
        Assert.Null(seen.Metadata.Labels);
    }

    [Fact]
    public async Task Update_NothingChanges_WritesNothing()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        using ApiClient client = server.Client();
        LoadBalancer seen = Seen;

        Assert.Same(seen, await client.UpdateStatusAsync(seen, _ => { }, Token));

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Update_ObjectWasReplacedByAnother_ReturnsNull()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Json(Conflict, 409).Json("""{"metadata":{"name":"web","namespace":"default","uid":"another","resourceVersion":"8"}}""");
        using ApiClient client = server.Client();

        Assert.Null(await client.UpdateAsync(Seen, l => (l.Metadata.Labels ??= [])["ours"] = "1", Token));
    }

    [Fact]
    public async Task Get_NoAnswer_TimesOutAndSaysSo()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Then(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using ApiClient client = server.Client(new ApiClientOptions { RequestTimeout = TimeSpan.FromMilliseconds(50) });

        TimeoutException exception = await Assert.ThrowsAsync<TimeoutException>(() => client.GetAsync<LoadBalancer>(Web, Token));

        Assert.Contains("GET loadbalancers.networking.ironcore.dev default/web: no answer", exception.Message, StringComparison.Ordinal);
    }
}
