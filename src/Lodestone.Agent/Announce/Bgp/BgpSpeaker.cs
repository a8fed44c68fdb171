using System.Collections.Immutable;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;
using Microsoft.Extensions.Logging;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Keeps a BGP daemon doing what BGPPeers and the data path say, and tells what becomes of it.</summary>
/// <remarks>
/// The daemon outlives the agent. It is touched only once the data path holds what the API says, so an agent that starts changes only what differs,
/// and one that is killed withdraws nothing. <see cref="StopAsync"/> is the way to leave the network.
/// </remarks>
internal sealed partial class BgpSpeaker : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WithdrawLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly BgpOptions _options;
    private readonly string _hostName;
    private readonly IBgpDriver _driver;
    private readonly BgpPasswordSource _passwords;
    private readonly Action<ImmutableDictionary<string, BGPSession>> _publish;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Signal _changed = new();
    private readonly Dictionary<string, FlapCounter> _flaps = new(StringComparer.Ordinal);
    private Wanted? _wanted;
    private BgpConfig? _last;
    private BgpTotals _totals = BgpTotals.Empty;
    private DateTimeOffset? _drainingSince;
    private string? _failure;
    private int _failures;

    /// <param name="options">How this machine speaks.</param>
    /// <param name="hostName">Name of its Host.</param>
    /// <param name="driver">The daemon; disposed with this.</param>
    /// <param name="passwords">Passwords of sessions.</param>
    /// <param name="publish">Hears of all sessions by name of their BGPPeer, after every look.</param>
    /// <param name="logger">Where to tell of trouble.</param>
    /// <param name="time">The clock.</param>
    public BgpSpeaker(
        BgpOptions options,
        string hostName,
        IBgpDriver driver,
        BgpPasswordSource passwords,
        Action<ImmutableDictionary<string, BGPSession>> publish,
        ILogger logger,
        TimeProvider time)
    {
        _options = options;
        _hostName = hostName;
        _driver = driver;
        _passwords = passwords;
        _publish = publish;
        _logger = logger;
        _time = time;
    }

    /// <summary>What there is to count.</summary>
    public BgpTotals Totals => Volatile.Read(ref _totals);

    /// <summary>Takes what is wanted. Thread-safe.</summary>
    /// <param name="peers">The BGPPeers that select this host.</param>
    /// <param name="ipv4">The host's IPv4 address, if it has one.</param>
    /// <param name="prefixes">Addresses that the data path serves.</param>
    /// <param name="isDraining">Whether the host is to lose its traffic: routes say so, and go a little later.</param>
    public void Set(ImmutableArray<BGPPeer> peers, IPAddress? ipv4, ImmutableHashSet<DatapathAddress> prefixes, bool isDraining)
    {
        Volatile.Write(ref _wanted, new Wanted(peers, ipv4, prefixes, isDraining));
        _changed.Raise();
    }

    /// <summary>Works until cancelled. The daemon then goes on by itself.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        ForgetHandOver();
        TimeSpan wait = Timeout.InfiniteTimeSpan;
        while (true)
        {
            await _changed.WaitAsync(wait, _time, cancellationToken);
            wait = Volatile.Read(ref _wanted) is { } wanted ? await StepAsync(wanted, cancellationToken) : Timeout.InfiniteTimeSpan;
        }
    }

    /// <summary>
    /// Leaves the network, after <see cref="RunAsync"/>: 1. routes say that they will go; 2. routers have <see cref="BgpOptions.ShutdownTime"/> to take
    /// others; 3. routes are withdrawn; 4. the daemon ends. Does nothing where a file says that another agent follows at once.
    /// </summary>
    /// <returns>Whether there are no sessions any more.</returns>
    public async Task<bool> StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!_driver.IsRunning)
            {
                return true;
            }

            if (File.Exists(HandOverPath))
            {
                Log.HandedOver(_logger);
                return false;
            }

            // 1. and 2. only where somebody listens.
            if (_last is { } last && Totals.Sessions.Values.Any(s => s.State == BGPSessionStates.Established))
            {
                Log.Leaving(_logger, _options.ShutdownTime);
                await _driver.ApplyAsync(last with { IsShuttingDown = true }, cancellationToken);
                await Task.Delay(_options.ShutdownTime, _time, cancellationToken);

                // 3.
                await _driver.ApplyAsync(last with { IsShuttingDown = true, Prefixes = [] }, cancellationToken);
                await WaitForWithdrawalAsync(cancellationToken);
            }

            // 4.
            await _driver.StopAsync(cancellationToken);
            return true;
        }
        catch (BgpException e)
        {
            Log.NotLeft(_logger, e.Message);
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _driver.Dispose();
        _changed.Dispose();
    }

    private string HandOverPath => Path.Combine(_options.StateDirectory, BgpOptions.HandOverFile);

    /// <summary>One look; returns how long until the next.</summary>
    private async Task<TimeSpan> StepAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, byte[]>? passwords =
            wanted.Peers.Any(p => p.Spec.PasswordKey is not null) ? await _passwords.GetAsync(cancellationToken) : null;
        _drainingSince = wanted.IsDraining ? _drainingSince ?? _time.GetUtcNow() : null;
        bool isDrained = _drainingSince + _options.ShutdownTime <= _time.GetUtcNow();
        BgpPlan plan = BgpPlanner.Plan(
            wanted.Peers,
            BgpPlanner.RouterIdOf(wanted.Ipv4, _hostName),
            isDrained ? [] : wanted.Prefixes,
            wanted.IsDraining,
            passwords,
            _driver.FindsRouters,
            _last);
        ImmutableDictionary<string, BgpNeighborState> states = ImmutableDictionary<string, BgpNeighborState>.Empty;
        TimeSpan wait = wanted.Peers.IsEmpty ? Timeout.InfiniteTimeSpan : LookInterval;
        try
        {
            if (plan.Config is { } config)
            {
                await _driver.ApplyAsync(config, cancellationToken);
                states = await _driver.ObserveAsync(cancellationToken);
            }
            else if (_driver.IsRunning && plan.Problems.IsEmpty)
            {
                await _driver.StopAsync(cancellationToken);
            }

            _last = plan.Config;
            _failure = null;
            _failures = 0;
        }
        catch (BgpException e)
        {
            if (_failure != e.Message)
            {
                Log.Failed(_logger, e.Message);
            }

            _failure = e.Message;
            wait = TimeSpan.FromSeconds(Math.Min(LongestRetry.TotalSeconds, Math.Pow(2, Math.Min(_failures++, 5))));
        }

        Publish(wanted, plan, states);
        return wait;
    }

    private void Publish(Wanted wanted, BgpPlan plan, ImmutableDictionary<string, BgpNeighborState> states)
    {
        ImmutableDictionary<string, BGPSession>.Builder sessions = ImmutableDictionary.CreateBuilder<string, BGPSession>(StringComparer.Ordinal);
        ImmutableDictionary<string, BgpSessionTotals>.Builder totals = ImmutableDictionary.CreateBuilder<string, BgpSessionTotals>(StringComparer.Ordinal);
        foreach (BGPPeer peer in wanted.Peers)
        {
            string name = peer.Metadata.Name ?? "";
            BgpNeighbor? neighbor = plan.Config?.Neighbors.FirstOrDefault(n => n.Name == name);
            BgpNeighborState? state = neighbor is null ? null : states.GetValueOrDefault(neighbor.Key);
            FlapCounter flaps = _flaps.TryGetValue(name, out FlapCounter? known) ? known : _flaps[name] = new FlapCounter(_time);
            if (state is not null)
            {
                flaps.Observe(state);
            }

            BgpProblem? problem = plan.Problems.GetValueOrDefault(name) ?? (_failure is null ? null : new BgpProblem(BgpReasons.DaemonFailed, _failure));
            BGPSession session = BgpSessionReport.EntryOf(_hostName, peer, neighbor, state, problem, wanted.IsDraining, flaps.Recent);
            sessions[name] = session;
            totals[name] = new BgpSessionTotals(session.State, session.PrefixesAnnounced ?? 0, flaps.Total);
        }

        foreach (string gone in _flaps.Keys.Where(name => !sessions.ContainsKey(name)).ToArray())
        {
            _flaps.Remove(gone);
        }

        Volatile.Write(ref _totals, new BgpTotals(totals.ToImmutable()));
        _publish(sessions.ToImmutable());
    }

    private async Task WaitForWithdrawalAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset end = _time.GetUtcNow() + WithdrawLimit;
        while (_time.GetUtcNow() < end && (await _driver.ObserveAsync(cancellationToken)).Values.Any(s => s.PrefixesAnnounced > 0))
        {
            await Task.Delay(PollInterval, _time, cancellationToken);
        }
    }

    /// <summary>The file was for the agent before this one.</summary>
    private void ForgetHandOver()
    {
        try
        {
            File.Delete(HandOverPath);
        }
        catch (Exception e) when (e is DirectoryNotFoundException or IOException or UnauthorizedAccessException)
        {
            // There is none, or it stays: then this agent hands over, too.
        }
    }

    private sealed record Wanted(ImmutableArray<BGPPeer> Peers, IPAddress? Ipv4, ImmutableHashSet<DatapathAddress> Prefixes, bool IsDraining);

    private static partial class Log
    {
        [LoggerMessage(4223, LogLevel.Error, "BGP could not be brought to the desired state; what was announced stays announced: {Message}")]
        internal static partial void Failed(ILogger logger, string message);

        [LoggerMessage(4224, LogLevel.Information, "Leaving: routers have {Time} to take other gateways, then routes are withdrawn")]
        internal static partial void Leaving(ILogger logger, TimeSpan time);

        [LoggerMessage(4225, LogLevel.Information, "Another agent follows: BGP goes on as it is")]
        internal static partial void HandedOver(ILogger logger);

        [LoggerMessage(4226, LogLevel.Warning, "BGP could not be ended in order: {Message}")]
        internal static partial void NotLeft(ILogger logger, string message);
    }
}
