using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;

namespace Lodestone.ApiServer.Storage;

/// <summary>The store: state in memory, one writer thread, and a log that each group of writes is committed to before anybody sees it.</summary>
/// <remarks>
/// <para>The writer takes whatever waits, up to a group, checks each write against the state including the writes before it
/// in the group, gives it the next version, and commits the group with one fsync. While the disk works the next group
/// gathers by itself, so groups are as large as the load is and a lone client waits for nobody.</para>
/// <para>Order of becoming visible: log, state, events, answers. Hence an event or an answer never tells of something a
/// read could miss.</para>
/// </remarks>
internal sealed class ObjectStore : IObjectStore
{
    private const int ManyObjects = 10_000;
    private readonly ICommitLog _log;
    private readonly ObjectStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, EventHistory> _histories = new(StringComparer.Ordinal);
    private readonly object _queueGate = new();
    private readonly Thread _writer;
    private readonly TaskCompletionSource _writerDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _heldSince;
    private readonly List<PendingWrite> _group = [];
    private readonly List<LogEntry> _entries = [];
    private readonly List<(string Resource, StoreEvent Event)> _events = [];
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private Queue<PendingWrite> _queue = new();
    private bool _stopping;
    private long _recoveryTriedAt;
    private StoreState _state;
    private long _published;
    private StoreException? _failure;
    private TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ObjectStore(ICommitLog log, ObjectStoreOptions options, TimeProvider time)
    {
        _log = log;
        _options = options;
        _time = time;
        (_state, _heldSince) = Load();
        _published = _state.ResourceVersion;
        _writer = new Thread(WriteLoop) { IsBackground = true, Name = "lodestone store writer" };
    }

    /// <inheritdoc/>
    public long ResourceVersion => Volatile.Read(ref _published);

    /// <inheritdoc/>
    public StoreException? Failure => Volatile.Read(ref _failure);

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Resources => [.. State.Resources.Keys];

    private StoreState State => Volatile.Read(ref _state);

    /// <summary>Loads what the log holds and starts the writer. The store disposes the log.</summary>
    /// <exception cref="StoreCorruptException">The log is damaged.</exception>
    public static ObjectStore Open(ICommitLog log, ObjectStoreOptions? options = null, TimeProvider? time = null)
    {
        ObjectStore store;
        try
        {
            store = new ObjectStore(log, options ?? new ObjectStoreOptions(), time ?? TimeProvider.System);
        }
        catch
        {
            log.Dispose();
            throw;
        }

        if (store._state.Resources.Values.Sum(o => (long)o.Count) >= ManyObjects)
        {
            // Loading leaves garbage among what stays, and an idle server would keep that memory: some tenths of a second, once.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        log.Committed(store._state);
        store._writer.Start();
        return store;
    }

    /// <inheritdoc/>
    public StoreSnapshot Read(string resource)
    {
        StoreState state = State;
        return new StoreSnapshot(state.ResourceVersion, state.Objects(resource));
    }

    /// <inheritdoc/>
    public bool TryReadAt(string resource, long resourceVersion, out StoreSnapshot snapshot)
    {
        StoreSnapshot current = Read(resource);
        if (current.ResourceVersion == resourceVersion)
        {
            snapshot = current;
            return true;
        }

        // Events follow state: wait for the few instructions in which the writer has published one but not the other.
        SpinWait.SpinUntil(() => ResourceVersion >= current.ResourceVersion);
        bool held = HistoryOf(resource).TryUndo(current, resourceVersion, out ObjectMap objects);
        snapshot = new StoreSnapshot(resourceVersion, objects);
        return held;
    }

    /// <inheritdoc/>
    public async Task<bool> WaitForAsync(long resourceVersion, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (ResourceVersion >= resourceVersion)
        {
            return true;
        }

        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        while (true)
        {
            Task advanced = Volatile.Read(ref _advanced).Task;
            if (ResourceVersion >= resourceVersion)
            {
                return true;
            }

            try
            {
                await advanced.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                return ResourceVersion >= resourceVersion;
            }
        }
    }

    /// <inheritdoc/>
    public Task<WriteResult> WriteAsync(StoreWrite write)
    {
        var pending = new PendingWrite(write);
        lock (_queueGate)
        {
            if (Failure is { IsRetriable: false } failure)
            {
                throw new StoreException(failure.Message, failure);
            }

            if (_stopping)
            {
                throw new StoreException("the store is closed");
            }

            if (_queue.Count >= _options.QueueLength)
            {
                throw new StoreException($"{_queue.Count} writes are waiting for the disk", isRetriable: true);
            }

            _queue.Enqueue(pending);
            if (_queue.Count == 1)
            {
                Monitor.Pulse(_queueGate);
            }
        }

        return pending.Task;
    }

    /// <inheritdoc/>
    public bool TryWatch(string resource, long afterResourceVersion, out EventCursor cursor) =>
        HistoryOf(resource).TryOpen(afterResourceVersion, out cursor);

    /// <inheritdoc/>
    public long HeldSince(string resource) => HistoryOf(resource).HeldSince;

    /// <summary>Commits what waits, and closes the log.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_queueGate)
        {
            _stopping = true;
            Monitor.Pulse(_queueGate);
        }

        await _writerDone.Task;
    }

    private (StoreState State, long HeldSince) Load()
    {
        ImmutableDictionary<string, ObjectMap>.Builder resources = StoreState.Empty.Resources.ToBuilder();
        long last = 0;
        long snapshot = -1;
        string restoredResource = "";
        var restored = new List<StoredObject>();
        var replayed = new List<(string, StoreEvent)>();
        snapshot = _log.Load(
            entry =>
            {
                if (entry.Resource != restoredResource)
                {
                    Built();
                    restoredResource = entry.Resource;
                }

                restored.Add(entry.Object!);
            },
            entry =>
            {
                Built();
                ObjectMap objects = resources.GetValueOrDefault(entry.Resource, ObjectMap.Empty);
                StoredObject? previous = objects.Find(entry.Key);
                last = entry.ResourceVersion;
                if (entry.Object is not null)
                {
                    resources[entry.Resource] = objects.Set(entry.Object);
                    replayed.Add((entry.Resource, new StoreEvent(previous is null ? StoreEventKind.Added : StoreEventKind.Modified, entry.Object, previous)));
                }
                else if (previous is not null)
                {
                    resources[entry.Resource] = objects.Remove(entry.Key);
                    replayed.Add((entry.Resource, new StoreEvent(StoreEventKind.Deleted, previous.WithResourceVersion(entry.ResourceVersion), previous)));
                }
            });
        Built();

        // A watch that began before a restart resumes after it: the log's tail is the history.
        foreach ((string resource, StoreEvent item) in replayed)
        {
            _histories.GetOrAdd(resource, _ => new EventHistory(snapshot, _options.HistoryEvents, _options.HistoryBytes)).Append(item);
        }

        return (new StoreState(Math.Max(last, snapshot), resources.ToImmutable()), snapshot);

        // Objects of the snapshot come sorted, so their map is built at once instead of object by object.
        void Built()
        {
            if (restored.Count > 0)
            {
                resources.Add(restoredResource, ObjectMap.FromSorted(restored));
                restored.Clear();
            }
        }
    }

    private EventHistory HistoryOf(string resource) =>
        _histories.GetOrAdd(resource, _ => new EventHistory(_heldSince, _options.HistoryEvents, _options.HistoryBytes));

    private void WriteLoop()
    {
        try
        {
            while (TakeGroup())
            {
                if (Failure is { } failure && !TryRecover(failure))
                {
                    Refuse(Failure!);
                }
                else if (_group.Count > 0)
                {
                    CommitGroup();
                }
            }
        }
#pragma warning disable CA1031 // A defect here must not leave writes waiting for an answer that never comes, nor end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(new StoreException($"the store's writer failed: {exception.Message}; no write is accepted until the server is started again", exception));
        }
        finally
        {
            _log.Dispose();
            _writerDone.TrySetResult();
        }
    }

    /// <summary>Fills the group with what waits; an empty group means time to try again what failed. False at the end.</summary>
    private bool TakeGroup()
    {
        _group.Clear();
        lock (_queueGate)
        {
            while (_queue.Count == 0)
            {
                if (_stopping)
                {
                    return false;
                }

                if (Failure is null)
                {
                    Monitor.Wait(_queueGate);
                }
                else if (!Monitor.Wait(_queueGate, _options.RecoveryInterval))
                {
                    return true;
                }
            }

            int bytes = 0;
            while (_group.Count < _options.GroupSize && bytes < _options.GroupBytes && _queue.TryDequeue(out PendingWrite? pending))
            {
                _group.Add(pending);
                bytes += pending.Write.Draft?.Json.Length ?? 0;
            }
        }

        return true;
    }

    private bool TryRecover(StoreException failure)
    {
        // Not for every write that comes meanwhile: trying costs the disk something.
        long now = Environment.TickCount64;
        if (now - _recoveryTriedAt < _options.RecoveryInterval.TotalMilliseconds)
        {
            return false;
        }

        _recoveryTriedAt = now;
        try
        {
            _log.Recover(State);
            Volatile.Write(ref _failure, null);
            return true;
        }
        catch (StoreException exception)
        {
            Volatile.Write(ref _failure, exception.IsRetriable ? exception : failure);
            return false;
        }
    }

    private void Refuse(StoreException failure)
    {
        foreach (PendingWrite pending in _group)
        {
            pending.SetException(new StoreException(failure.Message, failure, failure.IsRetriable));
        }
    }

    private void CommitGroup()
    {
        StoreState next = State;
        _entries.Clear();
        _events.Clear();
        foreach (PendingWrite pending in _group)
        {
            next = Apply(next, pending);
        }

        if (_entries.Count > 0)
        {
            try
            {
                _log.Append(_entries);
            }
            catch (StoreException exception)
            {
                Volatile.Write(ref _failure, exception);
                _recoveryTriedAt = Environment.TickCount64;
                Refuse(exception);
                return;
            }

            Publish(next);
            _log.Committed(next);
        }

        foreach (PendingWrite pending in _group)
        {
            pending.Answer();
        }
    }

    private StoreState Apply(StoreState state, PendingWrite pending)
    {
        StoreWrite write = pending.Write;
        ObjectMap objects = state.Objects(write.Resource);
        StoredObject? current = objects.Find(write.Key);
        WriteOutcome refusal = (write.Kind, current) switch
        {
            (WriteKind.Create, not null) => WriteOutcome.Exists,
            (WriteKind.Create, null) => WriteOutcome.Committed,
            (_, null) => WriteOutcome.NotFound,
            _ => current.ResourceVersion == write.ExpectedVersion ? WriteOutcome.Committed : WriteOutcome.VersionMismatch,
        };
        if (refusal == WriteOutcome.Committed
            && write.Requires is { } required
            && state.Objects(required.Resource).Find(required.Key) is not { Summary.DeletionTimestamp: null })
        {
            refusal = WriteOutcome.RequirementMissing;
        }

        if (refusal != WriteOutcome.Committed)
        {
            pending.Result = new WriteResult(refusal, current);
            return state;
        }

        long version = state.ResourceVersion + 1;
        StoredObject written;
        if (write.Draft is null)
        {
            written = current!.WithResourceVersion(version);
            objects = objects.Remove(write.Key);
            _entries.Add(new LogEntry(write.Resource, write.Key, version, null));
            _events.Add((write.Resource, new StoreEvent(StoreEventKind.Deleted, written, current)));
        }
        else
        {
            Debug.Assert(write.Draft.Key == write.Key);
            written = StoredObject.Create(write.Draft.Summary, write.Draft.Json.Span, version, write.Key);
            objects = objects.Set(written);
            _entries.Add(new LogEntry(write.Resource, write.Key, version, written));
            _events.Add((write.Resource, new StoreEvent(current is null ? StoreEventKind.Added : StoreEventKind.Modified, written, current)));
        }

        pending.Result = new WriteResult(WriteOutcome.Committed, written);
        return new StoreState(version, state.Resources.SetItem(write.Resource, objects));
    }

    private void Publish(StoreState next)
    {
        Volatile.Write(ref _state, next);
        _touched.Clear();
        foreach ((string resource, StoreEvent item) in _events)
        {
            HistoryOf(resource).Append(item);
            _touched.Add(resource);
        }

        Volatile.Write(ref _published, next.ResourceVersion);
        foreach (string resource in _touched)
        {
            HistoryOf(resource).Wake();
        }

        Interlocked.Exchange(ref _advanced, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private void Fail(StoreException exception)
    {
        Queue<PendingWrite> waiting;
        lock (_queueGate)
        {
            Volatile.Write(ref _failure, exception);
            waiting = _queue;
            _queue = new Queue<PendingWrite>();
        }

        foreach (PendingWrite pending in _group.Concat(waiting))
        {
            pending.SetException(new StoreException(exception.Message, exception));
        }
    }
}
