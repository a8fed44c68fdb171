using System.Collections.Immutable;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>When a daemon is told what.</summary>
public sealed class BgpSpeakerTests : IAsyncLifetime, IDisposable
{
    private static readonly ImmutableHashSet<DatapathAddress> Prefixes =
        [DatapathAddress.From(IPAddress.Parse("203.0.113.1")), DatapathAddress.From(IPAddress.Parse("2001:db8::1"))];

    private static readonly ImmutableArray<BGPPeer> Peers =
        [new BGPPeer { Metadata = new ObjectMeta { Name = "tor" }, Spec = new BGPPeerSpec { PeerAddress = "192.0.2.1", PeerASN = 65_000, LocalASN = 65_001 } }];

    private readonly CancellationTokenSource _stop = new();
    private readonly FakeBgpDriver _driver = new();
    private readonly BgpOptions _options = new()
    {
        StateDirectory = Directory.CreateTempSubdirectory("lodestone-bgp-").FullName,
        ShutdownTime = TimeSpan.FromMilliseconds(50),
    };

    private readonly BgpSpeaker _speaker;
    private ImmutableDictionary<string, BGPSession> _sessions = ImmutableDictionary<string, BGPSession>.Empty;
    private Task _running = Task.CompletedTask;

    public BgpSpeakerTests() => _speaker = new BgpSpeaker(
        _options,
        "host-a",
        _driver,
        new BgpPasswordSource(null!, NullLogger.Instance, TimeProvider.System),
        sessions => Volatile.Write(ref _sessions, sessions),
        NullLogger.Instance,
        TimeProvider.System);

    public ValueTask InitializeAsync()
    {
        _running = _speaker.RunAsync(_stop.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await StopRunningAsync();
        Directory.Delete(_options.StateDirectory, recursive: true);
    }

    public void Dispose()
    {
        _speaker.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public void Set_NoPeers_StartsNothing()
    {
        _speaker.Set([], null, Prefixes, isDraining: false);
        _speaker.Set(Peers, null, Prefixes, isDraining: false);
        TestPoll.Until(() => State == "Established", "the session");

        Assert.Equal("2", _driver.Told);
        Assert.Equal(("Established", 2), (_speaker.Totals.Sessions["tor"].State, _speaker.Totals.Sessions["tor"].PrefixesAnnounced));
    }

    [Fact]
    public void Set_LastPeerGoes_EndsTheDaemon()
    {
        _speaker.Set(Peers, null, Prefixes, isDraining: false);
        TestPoll.Until(() => State == "Established", "the session");
        _speaker.Set([], null, Prefixes, isDraining: false);

        TestPoll.Until(() => _driver.Told == "2 end", "the end");
        TestPoll.Until(() => State is null, "no session");
    }

    [Fact]
    public void Set_HostDrains_SaysSoThenWithdrawsAndComesBack()
    {
        _speaker.Set(Peers, null, Prefixes, isDraining: false);
        TestPoll.Until(() => State == "Established", "the session");
        _speaker.Set(Peers, null, Prefixes, isDraining: true);

        TestPoll.Until(() => _driver.Told == "2 2! 0!", "the withdrawal");
        _speaker.Set(Peers, null, Prefixes, isDraining: false);
        TestPoll.Until(() => _driver.Told == "2 2! 0! 2", "the return");
    }

    [Fact]
    public void Set_DaemonRefuses_IsToldAndTriedAgain()
    {
        _driver.Refusal = "FRR is not installed";
        _speaker.Set(Peers, null, Prefixes, isDraining: false);
        TestPoll.Until(() => State == "Failed", "the failure");
        Assert.Equal(("DaemonFailed", "FRR is not installed"), (_sessions["tor"].Reason, _sessions["tor"].Message));

        _driver.Refusal = null;
        TestPoll.Until(() => State == "Established", "the session");
    }

    [Fact]
    public async Task StopAsync_WithSessions_SaysSoWithdrawsAndEnds()
    {
        _speaker.Set(Peers, null, Prefixes, isDraining: false);
        TestPoll.Until(() => State == "Established", "the session");
        await StopRunningAsync();

        Assert.True(await _speaker.StopAsync(TestContext.Current.CancellationToken));
        Assert.Equal("2 2! 0! end", _driver.Told);
    }

    [Fact]
    public async Task StopAsync_AnotherAgentFollows_LeavesAllAsItIs()
    {
        _speaker.Set(Peers, null, Prefixes, isDraining: false);
        TestPoll.Until(() => State == "Established", "the session");
        await File.WriteAllTextAsync(Path.Combine(_options.StateDirectory, BgpOptions.HandOverFile), "", TestContext.Current.CancellationToken);
        await StopRunningAsync();

        Assert.False(await _speaker.StopAsync(TestContext.Current.CancellationToken));
        Assert.Equal("2", _driver.Told);

        // The next one removes the file.
        using var next = new CancellationTokenSource();
        await next.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _speaker.RunAsync(next.Token));
        Assert.Empty(Directory.EnumerateFiles(_options.StateDirectory));
    }

    private string? State => Volatile.Read(ref _sessions).GetValueOrDefault("tor")?.State;

    private async Task StopRunningAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // The way to stop it.
        }
    }
}
