using System.Collections.Concurrent;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.ApiServer;
using Lodestone.Client.Config;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Client.Tests.Leases;

/// <summary>Leases against a real API server, over TLS with its own CA and client certificate.</summary>
public sealed class LeaderElectorTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-leases-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
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
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Holder_HeldByAnother_IsTakenOnlyAfterAWholeDurationWithoutRenewal()
    {
        LeaseHolder first = Holder("first");
        LeaseHolder second = Holder("second");
        Assert.True(await first.TryAcquireOrRenewAsync(Token));
        Assert.False(await second.TryAcquireOrRenewAsync(Token));

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(await first.TryAcquireOrRenewAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(await second.TryAcquireOrRenewAsync(Token));
        Assert.Equal("first", second.Holder);
        _time.Advance(TimeSpan.FromSeconds(14.9));
        Assert.False(await second.TryAcquireOrRenewAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(await second.TryAcquireOrRenewAsync(Token));

        Assert.False(first.IsHeld);
        Assert.False(await first.TryAcquireOrRenewAsync(Token));
        Lease lease = await ReadAsync();
        Assert.Equal("second", lease.Spec!.HolderIdentity);
        Assert.Equal(1, lease.Spec.LeaseTransitions);
    }

    [Fact]
    public async Task Holder_Released_IsFreeAtOnce()
    {
        LeaseHolder first = Holder("first");
        LeaseHolder second = Holder("second");
        await first.TryAcquireOrRenewAsync(Token);

        await first.ReleaseAsync(Token);

        Assert.True(await second.TryAcquireOrRenewAsync(Token));
    }

    [Fact]
    public async Task Holder_CannotRenew_NoLongerHoldsItBeforeItLapses()
    {
        LeaseHolder holder = Holder("first");
        await holder.TryAcquireOrRenewAsync(Token);

        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.True(holder.IsHeld);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.False(holder.IsHeld);
    }

    [Fact]
    public async Task Elector_LeaderStops_AnotherLeadsAndNeverBoth()
    {
        var leading = new ConcurrentDictionary<string, bool>();
        int most = 0;
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        Task first = Elector("first").RunAsync(t => LeadAsync("first", t), stopFirst.Token);
        await Eventually.HoldsAsync(() => leading.ContainsKey("first"), "the first leads");
        Task second = Elector("second").RunAsync(t => LeadAsync("second", t), stopSecond.Token);

        await stopFirst.CancelAsync();
        await first;
        await Eventually.HoldsAsync(() => leading.ContainsKey("second"), "the second leads", () => _time.Advance(TimeSpan.FromMilliseconds(100)));

        await stopSecond.CancelAsync();
        await second;
        Assert.Equal(1, most);
        Assert.True(string.IsNullOrEmpty((await ReadAsync()).Spec!.HolderIdentity));

        async Task LeadAsync(string name, CancellationToken token)
        {
            leading[name] = true;
            most = Math.Max(most, leading.Count);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            }
            finally
            {
                leading.TryRemove(name, out _);
            }
        }
    }

    [Fact]
    public async Task Elector_LosesTheLease_StopsLeadingAndStandsAgain()
    {
        int terms = 0;
        using var stop = new CancellationTokenSource();
        Task running = Elector("first").RunAsync(
            async token =>
            {
                Interlocked.Increment(ref terms);
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            },
            stop.Token);
        await Eventually.HoldsAsync(() => Volatile.Read(ref terms) == 1, "a first term");

        await _client.UpdateAsync(
            await ReadAsync(),
            l =>
            {
                l.Spec!.HolderIdentity = "thief";
                l.Spec.LeaseDurationSeconds = 3;
            },
            Token);

        await Eventually.HoldsAsync(() => Volatile.Read(ref terms) == 2, "a second term", () => _time.Advance(TimeSpan.FromMilliseconds(100)));
        await stop.CancelAsync();
        await running;
    }

    private Task<Lease> ReadAsync() => _client.GetAsync<Lease>(new ObjectKey("default", "test"), Token);

    private LeaseHolder Holder(string identity) => new(_client, Options(identity), _time);

    private LeaderElector Elector(string identity) => new(_client, Options(identity), NullLogger.Instance, _time);

    private static LeaseOptions Options(string identity) => new() { Namespace = "default", Name = "test", Identity = identity };
}
