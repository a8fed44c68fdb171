using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.ApiServer;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>Controllers that wait for the Lease: they follow all changes, write nothing, and are ready when their turn comes.</summary>
public sealed class StandbyTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-standby-").FullName;
    private readonly ErrorLog _log = new();
    private readonly CancellationTokenSource _stopFirst = new();
    private readonly CancellationTokenSource _stopSecond = new();
    private LodestoneApiServer _server = null!;
    private ApiClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = _directory });
        await _server.StartAsync(Token);
        _client = new ApiClient(KubeConfig.Load(_server.KubeconfigPath));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
        _stopFirst.Dispose();
        _stopSecond.Dispose();
        Directory.Delete(_directory, recursive: true);
        Assert.Empty(_log.Errors);
    }

    [Fact]
    public async Task Standby_LeaderStops_WorksWithoutListingWhatIsLarge()
    {
        var first = new Requests();
        var second = new Requests();
        Task leader = RunAsync(first, _stopFirst.Token);
        await UntilAsync(() => first.Writes.Any(w => w.Contains("/leases", StringComparison.Ordinal)), "the first leads");
        Task standby = RunAsync(second, _stopSecond.Token);
        await UntilAsync(() => second.Watches.Contains("networkinterfaces"), "the second follows");
        await _client.CreateAsync(new AddressPool { Metadata = new ObjectMeta { Name = "pool" }, Spec = new AddressPoolSpec { Addresses = ["203.0.113.0/28"] } }, Token);
        await _client.CreateAsync(new Network { Metadata = Named("net") }, Token);
        await _client.CreateAsync(Balancer("before"), Token);
        await AddressAsync("before");
        Assert.DoesNotContain(second.Writes, w => !w.Contains("/namespaces", StringComparison.Ordinal) || w.Contains("/default/", StringComparison.Ordinal));

        await _stopFirst.CancelAsync();
        await leader;
        await _client.CreateAsync(Balancer("after"), Token);
        string address = await AddressAsync("after");

        Assert.NotEqual(await AddressAsync("before"), address);
        Assert.Equal(1, second.Lists.Count(l => l == "networkinterfaces"));
        Assert.Equal(1, second.Lists.Count(l => l == "loadbalancerroutings"));
        Assert.Equal(2, second.Lists.Count(l => l == "ipaddresses"));
        Assert.Equal(2, second.Lists.Count(l => l == "networkids"));
        await _stopSecond.CancelAsync();
        await standby;
    }

    [Fact]
    public async Task Standby_ObjectsFromBeforeItsTerm_AreWorkedOn()
    {
        var first = new Requests();
        Task leader = RunAsync(first, _stopFirst.Token);
        await UntilAsync(() => first.Writes.Any(w => w.Contains("/leases", StringComparison.Ordinal)), "the first leads");
        var second = new Requests();
        Task standby = RunAsync(second, _stopSecond.Token);
        await UntilAsync(() => second.Watches.Contains("addresspools"), "the second follows");

        // Nobody could do anything about it; then the leader goes, and what helps comes while nobody leads.
        await _client.CreateAsync(new Network { Metadata = Named("net") }, Token);
        await _client.CreateAsync(Balancer("waiting"), Token);
        await _stopFirst.CancelAsync();
        await leader;
        await _client.CreateAsync(new AddressPool { Metadata = new ObjectMeta { Name = "pool" }, Spec = new AddressPoolSpec { Addresses = ["203.0.113.0/28"] } }, Token);

        await AddressAsync("waiting");
        await _stopSecond.CancelAsync();
        await standby;
    }

    private Task RunAsync(Requests requests, CancellationToken cancellationToken)
    {
        var config = KubeConfig.Load(_server.KubeconfigPath);
        return RunAsync();

        async Task RunAsync()
        {
            using var client = new ApiClient(new Recorder(HttpHandlers.Create(config, TimeProvider.System), requests), config.Server);
            var options = new ControllerOptions { LeaderElection = true, AddressQuarantine = TimeSpan.FromMilliseconds(200) };
            await ControllerManager.RunAsync(client, options, _log, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<string> AddressAsync(string name)
    {
        LoadBalancer? lb = null;
        await UntilAsync(async () => (lb = await _client.GetAsync<LoadBalancer>(new ObjectKey("default", name), Token)).Status?.Ips is { Count: > 0 }, $"{name} has an address");
        return lb!.Status!.Ips![0];
    }

    private static Task UntilAsync(Func<bool> condition, string expectation) => UntilAsync(() => Task.FromResult(condition()), expectation);

    private static async Task UntilAsync(Func<Task<bool>> condition, string expectation)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), $"not within 30 s: {expectation}");
            await Task.Delay(5, Token);
        }
    }

    private static ObjectMeta Named(string name) => new() { Namespace = "default", Name = name };

    private static LoadBalancer Balancer(string name) => new()
    {
        Metadata = Named(name),
        Spec = new LoadBalancerSpec
        {
            Type = "Public",
            IpFamilies = ["IPv4"],
            NetworkRef = new LocalObjectReference { Name = "net" },
            Ports = [new LoadBalancerPort { Port = 80 }],
        },
    };

    /// <summary>What a process asked for.</summary>
    private sealed class Requests
    {
        internal ConcurrentQueue<string> Lists { get; } = new();

        internal ConcurrentQueue<string> Watches { get; } = new();

        internal ConcurrentQueue<string> Writes { get; } = new();
    }

    private sealed class Recorder(HttpMessageHandler inner, Requests requests) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Uri uri = request.RequestUri!;
            if (request.Method != HttpMethod.Get)
            {
                requests.Writes.Enqueue(uri.AbsolutePath);
            }
            else if (uri.Query.Contains("watch=true", StringComparison.Ordinal))
            {
                requests.Watches.Enqueue(uri.Segments[^1]);
            }
            else
            {
                requests.Lists.Enqueue(uri.Segments[^1]);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
