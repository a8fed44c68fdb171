using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Health;

/// <summary>Checks this machine's targets, each in its rhythm, and keeps what is known of them.</summary>
/// <remarks>
/// One loop owns schedule and states; checks run beside it, so many at a time, and report to it. When more are due than may run, the rest
/// waits, oldest first: checks become rarer, not more.
/// </remarks>
internal sealed partial class HealthChecker : IDisposable
{
    /// <summary>Checks at a time: each is a socket, and a silent UDP target holds its for the whole timeout.</summary>
    internal const int MaxConcurrent = 512;

    private readonly IProber _prober;
    private readonly Action _flipped;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ProbeSchedule _schedule;
    private readonly Dictionary<HealthKey, (HealthTarget Target, TargetState State)> _targets = [];
    private readonly Channel<Done> _done = Channel.CreateUnbounded<Done>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Signal _wake = new();
    private readonly Lock _totalsLock = new();
    private readonly long[] _buckets = new long[HealthTotals.Bounds.Count + 1];
    private ImmutableDictionary<HealthKey, KnownHealth> _known = ImmutableDictionary<HealthKey, KnownHealth>.Empty;
    private Wanted? _wanted;
    private HealthTotals _totals = HealthTotals.Empty;
    private ImmutableArray<HealthTarget> _last = [];
    private int _running;
    private bool _isInconclusive;

    /// <param name="prober">Checks a target.</param>
    /// <param name="flipped">Called when what is known has changed, from the checker's loop.</param>
    /// <param name="random">Of the jitter; the checker's alone.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to tell.</param>
    public HealthChecker(IProber prober, Action flipped, Random random, TimeProvider time, ILogger logger)
    {
        (_prober, _flipped, _time, _logger) = (prober, flipped, time, logger);
        _schedule = new ProbeSchedule(random);
    }

    /// <summary>What is known; a target without an entry was never found healthy or unhealthy. From any thread.</summary>
    public ImmutableDictionary<HealthKey, KnownHealth> Known => Volatile.Read(ref _known);

    /// <summary>What checks have come to. From any thread.</summary>
    public HealthTotals ReadTotals()
    {
        lock (_totalsLock)
        {
            return _totals with { Buckets = [.. _buckets] };
        }
    }

    /// <summary>Says what is to be checked from now on; what is known of the rest is forgotten. From one thread; the same array again changes nothing.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="before">What an agent before this one has written of a target that is new here; null: nothing.</param>
    public void Set(ImmutableArray<HealthTarget> targets, Func<HealthTarget, KnownHealth?> before)
    {
        if (_last != targets)
        {
            _last = targets;
            Volatile.Write(ref _wanted, new Wanted(targets, before));
            _wake.Raise();
        }
    }

    /// <summary>Checks until cancelled, and until every check has ended.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (Interlocked.Exchange(ref _wanted, null) is { } wanted)
                {
                    Take(wanted);
                }

                while (_done.Reader.TryRead(out Done? done))
                {
                    Conclude(done);
                }

                StartDue(cancellationToken);
                DateTimeOffset? next = _running < MaxConcurrent ? _schedule.Next : null;
                await _wake.WaitAsync(next is { } due ? due - _time.GetUtcNow() : Timeout.InfiniteTimeSpan, _time, cancellationToken);
            }
        }
        finally
        {
            while (_running > 0)
            {
                await _done.Reader.ReadAsync(CancellationToken.None);
                _running--;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private void Take(Wanted wanted)
    {
        DateTimeOffset now = _time.GetUtcNow();
        var keys = wanted.Targets.Select(target => target.Key).ToHashSet();
        bool isChanged = false;
        foreach (HealthKey gone in _targets.Keys.Where(key => !keys.Contains(key)).ToArray())
        {
            isChanged |= _targets[gone].State.IsHealthy is not null;
            _targets.Remove(gone);
            _schedule.Remove(gone);
        }

        foreach (HealthTarget target in wanted.Targets)
        {
            if (_targets.TryGetValue(target.Key, out (HealthTarget Target, TargetState State) held))
            {
                if (held.Target != target)
                {
                    // Checked in another way, it is what it was until that finds otherwise.
                    _targets[target.Key] = (target, new TargetState(held.State.Known));
                    _schedule.Add(target.Key, now);
                }

                continue;
            }

            KnownHealth? known = wanted.Before(target);
            isChanged |= known is not null;
            _targets[target.Key] = (target, new TargetState(known));
            _schedule.Add(target.Key, now);
        }

        if (isChanged)
        {
            Publish();
        }

        CountStates();
    }

    private void StartDue(CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        while (_running < MaxConcurrent && _schedule.TryTake(now, out HealthKey key, out DateTimeOffset due))
        {
            _running++;
            _ = RunOneAsync(_targets[key].Target, due, cancellationToken);
        }
    }

    private async Task RunOneAsync(HealthTarget target, DateTimeOffset due, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        ProbeResult result;
        try
        {
            result = await _prober.ProbeAsync(target, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            result = ProbeResult.Inconclusive("the agent stops");
        }
#pragma warning disable CA1031 // A check that fails in a way nobody thought of must not end all others.
        catch (Exception e)
#pragma warning restore CA1031
        {
            result = ProbeResult.Inconclusive(e.Message);
        }

        _done.Writer.TryWrite(new Done(target, due, result, _time.GetElapsedTime(start)));
        _wake.Raise();
    }

    private void Conclude(Done done)
    {
        _running--;
        Count(done);
        if (!_targets.TryGetValue(done.Target.Key, out (HealthTarget Target, TargetState State) held) || !ReferenceEquals(held.Target, done.Target))
        {
            // It is gone, or checked in another way by now.
            return;
        }

        DateTimeOffset now = _time.GetUtcNow();
        ProbeSpec spec = held.Target.Spec;
        if (held.State.Observe(done.Result, spec, now))
        {
            if (held.State.IsHealthy == true)
            {
                Log.Healthy(_logger, held.Target.Nic.ToString(), held.Target.LoadBalancer.ToString(), held.Target.Key.Family);
            }
            else
            {
                Log.Unhealthy(_logger, held.Target.Nic.ToString(), held.Target.LoadBalancer.ToString(), held.Target.Key.Family, held.State.Message ?? "");
            }

            Publish();
            CountStates();
        }

        bool isFirst = held.State.IsHealthy is null && spec.Interval > ProbeSchedule.FirstInterval;
        _schedule.Again(held.Target.Key, done.Due, isFirst ? ProbeSchedule.FirstInterval : spec.Interval, spec.Jitter, now);
    }

    private void Publish()
    {
        ImmutableDictionary<HealthKey, KnownHealth>.Builder known = ImmutableDictionary.CreateBuilder<HealthKey, KnownHealth>();
        foreach ((HealthKey key, (_, TargetState state)) in _targets)
        {
            if (state.Known is { } health)
            {
                known[key] = health;
            }
        }

        Volatile.Write(ref _known, known.ToImmutable());
        _flipped();
    }

    private void Count(Done done)
    {
        bool isOurs = done.Result.Outcome == ProbeOutcome.Inconclusive;
        if (isOurs && !_isInconclusive)
        {
            Log.Inconclusive(_logger, done.Target.Nic.ToString(), done.Result.Message);
        }

        _isInconclusive = isOurs;
        lock (_totalsLock)
        {
            _totals = _totals with
            {
                Successes = _totals.Successes + (done.Result.Outcome == ProbeOutcome.Success ? 1 : 0),
                Failures = _totals.Failures + (done.Result.Outcome == ProbeOutcome.Failure ? 1 : 0),
                Inconclusive = _totals.Inconclusive + (isOurs ? 1 : 0),
                Seconds = _totals.Seconds + done.Took.TotalSeconds,
            };
            for (int i = 0; i < _buckets.Length; i++)
            {
                _buckets[i] += i == HealthTotals.Bounds.Count || done.Took.TotalSeconds <= HealthTotals.Bounds[i] ? 1 : 0;
            }
        }
    }

    private void CountStates()
    {
        int healthy = _targets.Values.Count(entry => entry.State.IsHealthy == true);
        int unhealthy = _targets.Values.Count(entry => entry.State.IsHealthy == false);
        lock (_totalsLock)
        {
            _totals = _totals with { Healthy = healthy, Unhealthy = unhealthy, Unknown = _targets.Count - healthy - unhealthy };
        }
    }

    private sealed record Wanted(ImmutableArray<HealthTarget> Targets, Func<HealthTarget, KnownHealth?> Before);

    private sealed record Done(HealthTarget Target, DateTimeOffset Due, ProbeResult Result, TimeSpan Took);

    private static partial class Log
    {
        [LoggerMessage(4500, LogLevel.Information, "Network interface {Nic} is healthy as a target of {LoadBalancer} ({Family})")]
        internal static partial void Healthy(ILogger logger, string nic, string loadBalancer, string family);

        [LoggerMessage(4501, LogLevel.Warning, "Network interface {Nic} is unhealthy as a target of {LoadBalancer} ({Family}): {Message}")]
        internal static partial void Unhealthy(ILogger logger, string nic, string loadBalancer, string family, string message);

        [LoggerMessage(4502, LogLevel.Warning, "Network interface {Nic} can't be checked, which counts neither way: {Message}")]
        internal static partial void Inconclusive(ILogger logger, string nic, string message);
    }
}
