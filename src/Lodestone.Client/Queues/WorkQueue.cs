using System.Threading.Channels;
using Lodestone.Client.Diagnostics;

namespace Lodestone.Client.Queues;

/// <summary>
/// A queue of keys that need work. A key waits at most once, however often it is added; a key that is being worked on waits until
/// that is done, so no two workers ever hold the same key. Thread safe.
/// </summary>
/// <typeparam name="TKey">The key; small and comparable.</typeparam>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly Dictionary<TKey, long> _waiting = [];
    private readonly HashSet<TKey> _working = [];
    private readonly HashSet<TKey> _again = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly Dictionary<TKey, DateTimeOffset> _delayed = [];
    private readonly PriorityQueue<TKey, DateTimeOffset> _schedule = new();
    private readonly KeyValuePair<string, object?> _tag;
    private readonly WorkQueueOptions _options;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly ITimer _timer;
    private double _tokens;
    private TimeSpan _tokensAt;
    private bool _isCompleted;
    private bool _isSuspended;

    /// <summary>An empty queue; the name labels its metrics.</summary>
    public WorkQueue(string name, WorkQueueOptions? options = null, TimeProvider? timeProvider = null)
    {
        _options = options ?? new WorkQueueOptions();
        _time = timeProvider ?? TimeProvider.System;
        _tag = new KeyValuePair<string, object?>("name", name);
        _started = _time.GetTimestamp();
        _tokens = _options.RetryBurst;
        _timer = _time.CreateTimer(static state => ((WorkQueue<TKey>)state!).MoveDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that wait for a worker now; delayed ones are not counted.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Whether no key waits, is delayed or is being worked on.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count == 0 && _working.Count == 0 && _delayed.Count == 0;
            }
        }
    }

    /// <summary>Adds a key. Without effect when it waits already, or after <see cref="Complete"/>.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            AddLocked(key);
        }
    }

    /// <summary>Adds a key after a delay. The earliest of several delays of one key counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key);
                return;
            }

            // Monotonic: a step of the wall clock moves no deadline.
            DateTimeOffset due = DateTimeOffset.UnixEpoch + _time.GetElapsedTime(_started) + delay;
            if (_isCompleted || _isSuspended || (_delayed.TryGetValue(key, out DateTimeOffset known) && known <= due))
            {
                return;
            }

            _delayed[key] = due;
            _schedule.Enqueue(key, due);
            SetTimerLocked();
        }
    }

    /// <summary>Adds a key that failed, after a delay that doubles with every failure since <see cref="Forget"/>.</summary>
    public void AddRateLimited(TKey key)
    {
        TimeSpan delay;
        lock (_lock)
        {
            int failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
            double factor = Math.Pow(2, Math.Min(failures - 1, 40));
            double ticks = Math.Min(_options.MinBackoff.Ticks * factor, _options.MaxBackoff.Ticks);
            delay = TimeSpan.FromTicks((long)ticks) + TakeTokenLocked();
        }

        ClientMetrics.QueueRetries.Add(1, _tag);
        AddAfter(key, delay);
    }

    /// <summary>Ends a key's series of failures.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>Failures of a key since <see cref="Forget"/>.</summary>
    public int Failures(TKey key)
    {
        lock (_lock)
        {
            return _failures.GetValueOrDefault(key);
        }
    }

    /// <summary>Waits for a key to work on; give it back with <see cref="Done"/>. <c>Found</c> is false once the queue is completed and empty.</summary>
    public async ValueTask<(bool Found, TKey Key)> TakeAsync(CancellationToken cancellationToken = default)
    {
        TKey key;
        try
        {
            key = await _ready.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return (false, default!);
        }

        TimeSpan waited;
        lock (_lock)
        {
            _waiting.Remove(key, out long since);
            _working.Add(key);
            waited = _time.GetElapsedTime(since);
        }

        ClientMetrics.QueueDepth.Add(-1, _tag);
        ClientMetrics.QueueLatency.Record(waited.TotalSeconds, _tag);
        return (true, key);
    }

    /// <summary>Ends the work on a key; when it was added meanwhile it waits again.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            _working.Remove(key);
            if (_again.Remove(key))
            {
                AddLocked(key);
            }
        }
    }

    /// <summary>Takes no keys until <see cref="Resume"/>: what is added is forgotten, so that a process that only stands by collects none.</summary>
    public void Suspend()
    {
        lock (_lock)
        {
            _isSuspended = true;
        }
    }

    /// <summary>Takes keys again. Whoever calls it adds what there is to do.</summary>
    public void Resume()
    {
        lock (_lock)
        {
            _isSuspended = false;
        }
    }

    /// <summary>Takes no more keys and forgets delayed ones. Those that wait can still be taken.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _isCompleted = true;
            _delayed.Clear();
            _schedule.Clear();
            _again.Clear();
            _ready.Writer.TryComplete();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Complete();
        _timer.Dispose();
    }

    private void AddLocked(TKey key)
    {
        if (_isCompleted || _isSuspended || _waiting.ContainsKey(key))
        {
            return;
        }

        if (_working.Contains(key))
        {
            _again.Add(key);
            return;
        }

        _waiting[key] = _time.GetTimestamp();
        _ready.Writer.TryWrite(key);
        ClientMetrics.QueueAdds.Add(1, _tag);
        ClientMetrics.QueueDepth.Add(1, _tag);
    }

    private void MoveDue()
    {
        lock (_lock)
        {
            DateTimeOffset now = DateTimeOffset.UnixEpoch + _time.GetElapsedTime(_started);
            while (_schedule.TryPeek(out TKey? key, out DateTimeOffset due) && due <= now)
            {
                _schedule.Dequeue();

                // A key may stand in the schedule several times; only its earliest entry is in force.
                if (_delayed.TryGetValue(key, out DateTimeOffset wanted) && wanted == due)
                {
                    _delayed.Remove(key);
                    AddLocked(key);
                }
            }

            SetTimerLocked();
        }
    }

    private void SetTimerLocked()
    {
        if (_schedule.TryPeek(out _, out DateTimeOffset due))
        {
            TimeSpan delay = due - DateTimeOffset.UnixEpoch - _time.GetElapsedTime(_started);

            // Rounded up: a timer that fires early would find nothing due.
            _timer.Change(delay > TimeSpan.Zero ? delay + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private TimeSpan TakeTokenLocked()
    {
        TimeSpan now = _time.GetElapsedTime(_started);
        _tokens = Math.Min(_options.RetryBurst, _tokens + ((now - _tokensAt).TotalSeconds * _options.RetriesPerSecond)) - 1;
        _tokensAt = now;
        return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / _options.RetriesPerSecond);
    }
}
