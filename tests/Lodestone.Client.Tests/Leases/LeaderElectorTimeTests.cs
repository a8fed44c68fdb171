using System.Diagnostics.Metrics;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Client.Diagnostics;
using Lodestone.Client.Http;
using Lodestone.Client.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Client.Tests.Leases;

/// <summary>When terms begin and end, to the second, and what an elector lives through.</summary>
public sealed class LeaderElectorTimeTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private LeaseApi _api = new();
    private volatile LeaderTerm? _term;
    private volatile CancellationTokenSource? _ended;
    private int _terms;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _api.Before = null;
        _api.After = null;
        await _stop.CancelAsync();
        Task all = Task.WhenAll(_running);
        await Eventually.HoldsAsync(() => all.IsCompleted, "the electors end", () => _time.Advance(TimeSpan.FromMilliseconds(50)));
        await all;
        _ended?.Dispose();
        _api.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Candidate_LeaseIsReleased_LeadsWithoutAnyTimePassing()
    {
        _api.Write("another", 15);
        Start("first");
        await Eventually.HoldsAsync(() => _api.Watchers == 1, "the candidate watches");

        _api.Write("", 1);

        await Eventually.HoldsAsync(() => Leads, "the candidate leads");
        Assert.Equal("first", _api.Spec.HolderIdentity);
        await Eventually.HoldsAsync(() => _api.Spec.HolderIdentity == "first", "and keeps it");
    }

    [Fact]
    public async Task Candidate_MayNotWatch_TakesAReleasedLeaseAtTheNextAttempt()
    {
        _api.Dispose();
        _api = new LeaseApi { RefusesWatches = true };
        _api.Write("another", 15);
        Start("first");
        _time.Advance(TimeSpan.FromSeconds(1));
        _api.Write("", 1);

        TimeSpan waited = await AdvanceUntilAsync(() => Leads);

        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
    }

    [Fact]
    public async Task Candidate_HolderRenewsNoMore_LeadsWhenTheLeaseLapses()
    {
        _api.Write("another", 15);
        Start("first");
        await Eventually.HoldsAsync(() => _api.Watchers == 1, "the candidate watches");
        await AdvanceAsync(TimeSpan.FromSeconds(7));
        _api.Write("another", 15);
        await Task.Yield();

        TimeSpan waited = await AdvanceUntilAsync(() => Leads);

        Assert.InRange(waited, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15.3));
    }

    [Fact]
    public async Task Leader_ServerIsSilent_FenceClosesAtTheDeadlineAndTheTermEnds()
    {
        Start("first");
        await Eventually.HoldsAsync(() => Leads, "it leads");
        LeaderTerm term = _term!;
        using ApiClient client = term.Fence(_api.Client(_time));
        CancellationTokenSource ended = _ended!;
        _api.Before = (request, token) => IsLease(request) ? Task.Delay(Timeout.InfiniteTimeSpan, token) : Task.CompletedTask;

        TimeSpan open = await AdvanceUntilAsync(() => !term.IsOpen);

        Assert.InRange(open, TimeSpan.FromSeconds(9.9), TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.CreateAsync(ConfigMap(), Token));
        Assert.Equal(0, _api.OtherWrites);
        await Eventually.HoldsAsync(() => ended.IsCancellationRequested, "the work is told", () => _time.Advance(TimeSpan.FromMilliseconds(10)));
    }

    [Fact]
    public async Task Leader_OneRenewalIsNeverAnswered_LeadsOn()
    {
        Start("first");
        await Eventually.HoldsAsync(() => Leads, "it leads");
        int hung = 0;
        _api.Before = (request, token) =>
            request.Method == HttpMethod.Put && Interlocked.Increment(ref hung) == 1 ? Task.Delay(Timeout.InfiniteTimeSpan, token) : Task.CompletedTask;

        await AdvanceAsync(TimeSpan.FromSeconds(20));

        Assert.True(hung > 1);
        Assert.Equal(1, Volatile.Read(ref _terms));
        Assert.True(Leads);
    }

    [Fact]
    public async Task Leader_RenewalsFailInAnyWay_LeadsOnWithinTheDeadline()
    {
        Start("first");
        await Eventually.HoldsAsync(() => Leads, "it leads");
        Exception[] failures = [new IOException("reset"), new InvalidDataException("no gzip"), new HttpRequestException("refused")];
        int failed = 0;
        _api.After = (request, _) => request.Method == HttpMethod.Put && Interlocked.Increment(ref failed) is var n && n <= failures.Length ? throw failures[n - 1] : Task.CompletedTask;

        await AdvanceAsync(TimeSpan.FromSeconds(20));

        Assert.True(failed > failures.Length);
        Assert.Equal(1, Volatile.Read(ref _terms));
        Assert.True(Leads);
    }

    [Fact]
    public async Task Elector_ServerIsAwayForLong_StandsAgain()
    {
        Start("first");
        await Eventually.HoldsAsync(() => Leads, "it leads");
        _api.Before = (request, _) => IsLease(request) ? throw new HttpRequestException("refused") : Task.CompletedTask;
        await AdvanceUntilAsync(() => !Leads);
        await AdvanceAsync(TimeSpan.FromSeconds(60));
        _api.Before = null;

        await AdvanceUntilAsync(() => Volatile.Read(ref _terms) == 2);

        Assert.True(Leads);
    }

    [Fact]
    public async Task Elector_StoppedWhileItAsks_LeavesNoHolder()
    {
        using var stop = new CancellationTokenSource();
        _api.After = async (request, token) =>
        {
            if (request.Method == HttpMethod.Post)
            {
                await stop.CancelAsync();
                token.ThrowIfCancellationRequested();
            }
        };

        await Elector("first").RunAsync(_ => Task.CompletedTask, stop.Token);

        Assert.Equal("", _api.Spec.HolderIdentity);
    }

    [Fact]
    public async Task Elector_WorkThrows_IsThrownAndTheLeaseReleased()
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => Elector("first").RunAsync(_ => throw new InvalidOperationException("broken"), Token));

        Assert.Equal("broken", thrown.Message);
        Assert.Equal("", _api.Spec.HolderIdentity);
    }

    [Fact]
    public async Task Elector_Leads_TheMetricSaysSo()
    {
        long leading = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == ClientMetrics.MeterName && instrument.Name == "leader_election_master_status")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                Interlocked.Add(ref leading, tag is { Key: "name", Value: "metric" } ? value : 0);
            }
        });
        listener.Start();
        using var stop = new CancellationTokenSource();
        var elector = new LeaderElector(_api.Client(_time), Options("first") with { Name = "metric" }, NullLogger.Instance, _time);
        Task running = elector.RunAsync(token => Task.Delay(Timeout.InfiniteTimeSpan, _time, token), stop.Token);
        await Eventually.HoldsAsync(() => Volatile.Read(ref leading) == 1, "the metric is 1");

        await stop.CancelAsync();
        await running;

        Assert.Equal(0, Volatile.Read(ref leading));
    }

    [Fact]
    public async Task Fence_BeforeDuringAndAfterATerm_OnlyReadsPassOutside()
    {
        var term = new LeaderTerm("test", _time);
        using ApiClient client = term.Fence(_api.Client(_time));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.CreateAsync(ConfigMap(), Token));

        term.Begin(_time.GetTimestamp(), TimeSpan.FromSeconds(10));
        await client.CreateAsync(ConfigMap(), Token);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        await client.CreateAsync(ConfigMap(), Token);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.CreateAsync(ConfigMap(), Token));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.DeleteAsync<ConfigMap>(new ObjectKey("default", "a"), null, Token));
        await client.GetAsync<ConfigMap>(new ObjectKey("default", "a"), Token);

        term.Extend(_time.GetTimestamp(), TimeSpan.FromSeconds(10));
        await client.CreateAsync(ConfigMap(), Token);
        term.End();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.CreateAsync(ConfigMap(), Token));
        Assert.Equal(3, _api.OtherWrites);
        Assert.Equal(4, term.Refused);
    }

    [Fact]
    public async Task Fence_Connection_SendsNothingOutsideATerm()
    {
        var term = new LeaderTerm("test", _time);
        using var sent = new MemoryStream();
        await using var connection = new TermTransport(term, sent);
        await Assert.ThrowsAsync<IOException>(async () => await connection.WriteAsync(new byte[] { 1 }, Token));

        term.Begin(_time.GetTimestamp(), TimeSpan.FromSeconds(10));
        await connection.WriteAsync(new byte[] { 2 }, Token);
        _time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<IOException>(async () => await connection.WriteAsync(new byte[] { 3 }, Token));
        Assert.Throws<IOException>(() => connection.Write([4]));

        Assert.Equal([2], sent.ToArray());
    }

    [Fact]
    public async Task Fence_TermEndsWhileTheRequestWaitsForAConnection_BodyIsNotSent()
    {
        var term = new LeaderTerm("test", _time);
        using ApiClient client = term.Fence(_api.Client(_time));
        term.Begin(_time.GetTimestamp(), TimeSpan.FromSeconds(10));
        _api.Before = (_, _) =>
        {
            _time.Advance(TimeSpan.FromSeconds(11));
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => client.CreateAsync(ConfigMap(), Token));

        Assert.Equal(0, _api.OtherWrites);
    }

    private static bool IsLease(HttpRequestMessage request) => request.RequestUri!.AbsolutePath.Contains("/leases", StringComparison.Ordinal);

    private static ConfigMap ConfigMap() => new() { Metadata = new ObjectMeta { Namespace = "default", Name = "a" } };

    private bool Leads => _term?.IsOpen == true;

    private LeaderElector Elector(string identity) => new(_api.Client(_time), Options(identity), NullLogger.Instance, _time);

    private static LeaseOptions Options(string identity) => new() { Namespace = "default", Name = "test", Identity = identity, Random = new Random(1) };

    private void Start(string identity) => _running.Add(Elector(identity).RunAsync(
        async (term, token) =>
        {
            await term.BegunAsync(token);
            var ended = CancellationTokenSource.CreateLinkedTokenSource(token);
            _ended = ended;
            _term = term;
            Interlocked.Increment(ref _terms);
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
        },
        _stop.Token));

    private async Task AdvanceAsync(TimeSpan by)
    {
        DateTimeOffset end = _time.GetUtcNow() + by;
        await AdvanceUntilAsync(() => _time.GetUtcNow() >= end);
    }

    /// <summary>Lets time pass in steps of 50 ms, with a pause for the others after each; returns how much passed.</summary>
    private async Task<TimeSpan> AdvanceUntilAsync(Func<bool> condition)
    {
        DateTimeOffset started = _time.GetUtcNow();
        await Eventually.HoldsAsync(condition, "as time passes", () => _time.Advance(TimeSpan.FromMilliseconds(50)));
        return _time.GetUtcNow() - started;
    }
}
