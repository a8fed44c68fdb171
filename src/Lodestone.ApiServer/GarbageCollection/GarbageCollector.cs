using Lodestone.Api.Meta;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>Deletes what is owned by nothing that exists, and does what foreground and orphaning deletions ask for.</summary>
/// <remarks>
/// <para>One loop reads the store's events, keeps the index of dependents and decides; what it decided for up to
/// <see cref="BatchSize"/> objects is then written at once, so that they share a commit. It keeps nothing over a restart:
/// the index is built from the store at the start, and every decision is made from what is there at that moment.</para>
/// <para>An object is decided upon only when all events up to its own version have been read. So an owner is not let go
/// while a dependent that was created before its deletion began is still unknown.</para>
/// </remarks>
internal sealed partial class GarbageCollector
{
    private const int BatchSize = 256;
    private const int KnownAbsentLimit = 10_000;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly OwnerKinds _kinds;
    private readonly StoreFeed _feed;
    private readonly OwnerIndex _index = new();
    private readonly GarbagePlanner _planner;
    private readonly MisplacedOwnerReporter _reporter;
    private readonly ILogger<GarbageCollector> _logger;
    private readonly Queue<ObjectId> _queue = new();
    private readonly HashSet<ObjectId> _queued = [];

    /// <summary>Owners that wait for their dependents, by uid.</summary>
    private readonly Dictionary<string, ObjectId> _waiting = new(StringComparer.Ordinal);

    /// <summary>Owners that were seen to go.</summary>
    private readonly HashSet<string> _knownAbsent = new(StringComparer.Ordinal);

    /// <summary>Whether owners may have gone unseen: every dependent is to be looked at.</summary>
    private bool _looksAtAll;

    /// <summary>A collector over all kinds of a catalog.</summary>
    public GarbageCollector(IObjectStore store, ResourceCatalog catalog, TimeProvider time, ILogger<GarbageCollector> logger)
    {
        _kinds = new OwnerKinds(catalog);
        _feed = new StoreFeed(store, [.. _kinds.All.Select(k => k.StoreName)]);
        _reporter = new MisplacedOwnerReporter(_kinds, catalog, time);
        _planner = new GarbagePlanner(_kinds, _index) { MisplacedOwner = _reporter.Add, IsKnownAbsent = _knownAbsent.Contains };
        _logger = logger;
    }

    /// <summary>Runs until cancelled; the task ends cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // The caller starts a server and need not wait until the index is built.
        await Task.Yield();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _feed.Read(Restart, Observe);
            if (_looksAtAll)
            {
                _looksAtAll = false;
                EnqueueAll(_index.All);
            }

            bool isBehind = await WorkAsync();
            if (_queue.Count == 0)
            {
                await _feed.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            else if (isBehind)
            {
                await _feed.WaitAsync(RetryAfter, cancellationToken);
            }
        }
    }

    /// <summary>Decides and writes one batch; true when nothing could be done about any of it for now.</summary>
    private async Task<bool> WorkAsync()
    {
        var work = new List<Task<ObjectId?>>();
        var postponed = new List<ObjectId>();
        for (int i = Math.Min(BatchSize, _queue.Count); i > 0; i--)
        {
            ObjectId id = _queue.Dequeue();
            _queued.Remove(id);
            if (_kinds.Find(id) is not { } item)
            {
                continue;
            }

            if (item.ResourceVersion > _feed.Covered)
            {
                postponed.Add(id);
            }
            else if (_planner.Plan(id, item) is { } action)
            {
                work.Add(DoAsync(id, action));
            }
        }

        ObjectId?[] failed = await Task.WhenAll(work);
        postponed.ForEach(Enqueue);
        int failures = 0;
        foreach (ObjectId? id in failed)
        {
            if (id is { } again)
            {
                failures++;
                Enqueue(again);
            }
        }

        await _reporter.ReportAsync();
        return failures + postponed.Count > 0 && failures == work.Count;
    }

    /// <summary>Writes; the object again when that has to be repeated.</summary>
    private async Task<ObjectId?> DoAsync(ObjectId id, GarbageAction action)
    {
        ObjectRegistry registry = _kinds.All[id.Kind];
        ObjectSummary summary = action.Item.Summary;
        try
        {
            switch (action.Step)
            {
                case GarbageStep.Delete:
                    await registry.DeleteAsync(summary.Namespace, summary.Name, new DeleteOptions
                    {
                        Uid = summary.Uid,
                        ResourceVersion = action.Item.ResourceVersion.ToString(System.Globalization.CultureInfo.InvariantCulture),
                        PropagationPolicy = action.Policy,
                    });
                    Log.Deleted(_logger, registry.Resource.QualifiedName, id.Key, action.Policy);
                    return null;
                case GarbageStep.DropReferences:
                    return await registry.TryRewriteAsync(action.Item, value => DropReferences(value.Metadata, action.Uids)) ? null : id;
                case GarbageStep.Unblock:
                    return await registry.TryRewriteAsync(action.Item, value => Unblock(value.Metadata)) ? null : id;
                default:
                    return await registry.TryRewriteAsync(action.Item, value => Release(value.Metadata, action.Finalizer)) ? null : id;
            }
        }
        catch (ApiException exception) when (exception.Code == 404)
        {
            return null;
        }
        catch (ApiException exception) when (exception.Code == 409)
        {
            // It has changed since it was looked at.
            return id;
        }
        catch (Exception exception) when (exception is ApiException or StoreException)
        {
            Log.Retrying(_logger, action.Step, registry.Resource.QualifiedName, id.Key, exception.Message);
            return id;
        }
#pragma warning disable CA1031 // One object's defect must not end the collection of all others.
        catch (Exception exception)
        {
            Log.Failed(_logger, action.Step, registry.Resource.QualifiedName, id.Key, exception);
            return null;
        }
#pragma warning restore CA1031
    }

    private static void DropReferences(ObjectMeta metadata, IReadOnlyCollection<string> uids)
    {
        metadata.OwnerReferences?.RemoveAll(r => uids.Contains(r.Uid));
        metadata.OwnerReferences = metadata.OwnerReferences is { Count: 0 } ? null : metadata.OwnerReferences;
    }

    private static void Unblock(ObjectMeta metadata)
    {
        foreach (OwnerReference reference in metadata.OwnerReferences ?? [])
        {
            reference.BlockOwnerDeletion = false;
        }
    }

    private static void Release(ObjectMeta metadata, string finalizer)
    {
        metadata.Finalizers?.Remove(finalizer);
        metadata.Finalizers = metadata.Finalizers is { Count: 0 } ? null : metadata.Finalizers;
    }

    /// <summary>Takes in a whole kind: at the start, or when its events came faster than they were read.</summary>
    private void Restart(int kind, StoreSnapshot snapshot)
    {
        _index.RemoveKind(kind);
        foreach (StoredObject item in snapshot.Objects)
        {
            var id = new ObjectId(kind, item.Key);
            if (item.Summary.OwnerUids.Length > 0)
            {
                _index.Add(id, item.Summary.OwnerUids);
            }

            NoteWaiting(id, item);
        }

        _looksAtAll = true;
    }

    private void Observe(int kind, StoreEvent item)
    {
        var id = new ObjectId(kind, item.Object.Key);
        string uid = item.Object.Summary.Uid;
        string[] before = item.Previous?.Summary.OwnerUids ?? [];
        string[] after = item.Kind == StoreEventKind.Deleted ? [] : item.Object.Summary.OwnerUids;
        if (before.Length > 0 || after.Length > 0)
        {
            if (!before.AsSpan().SequenceEqual(after))
            {
                _index.Remove(id, before);
                _index.Add(id, after);
            }

            // What an owner waits for may be this.
            EnqueueWaiting(before);
            EnqueueWaiting(after);
            if (item.Kind != StoreEventKind.Deleted)
            {
                Enqueue(id);
            }
        }

        if (item.Kind == StoreEventKind.Deleted)
        {
            _waiting.Remove(uid);
            IReadOnlyCollection<ObjectId> dependents = _index.DependentsOf(uid);
            if (dependents.Count > 0)
            {
                NoteAbsent(uid);
                EnqueueAll(dependents);
            }
        }
        else
        {
            NoteWaiting(id, item.Object);
        }
    }

    private void NoteWaiting(ObjectId id, StoredObject item)
    {
        if (!GarbageFinalizers.IsOrphaning(item) && !GarbageFinalizers.IsWaiting(item))
        {
            _waiting.Remove(item.Summary.Uid);
            return;
        }

        _waiting[item.Summary.Uid] = id;
        Enqueue(id);
        EnqueueAll(_index.DependentsOf(item.Summary.Uid));
    }

    private void NoteAbsent(string uid)
    {
        if (_knownAbsent.Count >= KnownAbsentLimit)
        {
            _knownAbsent.Clear();
        }

        _knownAbsent.Add(uid);
    }

    private void EnqueueWaiting(string[] uids)
    {
        foreach (string uid in uids)
        {
            if (_waiting.TryGetValue(uid, out ObjectId owner))
            {
                Enqueue(owner);
            }
        }
    }

    private void EnqueueAll(IEnumerable<ObjectId> ids)
    {
        foreach (ObjectId id in ids)
        {
            Enqueue(id);
        }
    }

    private void Enqueue(ObjectId id)
    {
        if (_queued.Add(id))
        {
            _queue.Enqueue(id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Debug, "Deleted {Resource} {Key} ({Policy}): it is owned by nothing that exists")]
        public static partial void Deleted(ILogger logger, string resource, string key, string policy);

        [LoggerMessage(2021, LogLevel.Warning, "Garbage collection, {Step} of {Resource} {Key}: {Reason}; trying again")]
        public static partial void Retrying(ILogger logger, GarbageStep step, string resource, string key, string reason);

        [LoggerMessage(2022, LogLevel.Error, "Garbage collection, {Step} of {Resource} {Key} failed; the object is left as it is until it changes")]
        public static partial void Failed(ILogger logger, GarbageStep step, string resource, string key, Exception exception);
    }
}
