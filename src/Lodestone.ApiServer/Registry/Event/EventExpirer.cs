using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Registry.Event;

/// <summary>Deletes events some time after they were last written, as kube-apiserver does (its <c>--event-ttl</c>).</summary>
/// <remarks>
/// Every write of an event goes into a queue with the time it expires; all live equally long, so the queue is in order. When its time
/// comes, the event goes if it was not written again since. When an event was written is not stored: after a restart its own times count.
/// </remarks>
internal sealed partial class EventExpirer(IObjectStore store, TimeSpan timeToLive, TimeProvider time, ILogger<EventExpirer> logger)
{
    private const int BatchSize = 256;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private static readonly string StoreName = ResourceDefinitions.Event.QualifiedName;

    private readonly StoreFeed _feed = new(store, [StoreName]);
    private readonly Queue<(DateTimeOffset Due, string Key, long ResourceVersion)> _queue = new();

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                TimeSpan rest = await StepAsync(cancellationToken);
                await _feed.WaitAsync(rest, cancellationToken);
            }
            catch (StoreException exception)
            {
                Log.NotDeleted(logger, exception.Message);
                await Task.Delay(RetryAfter, time, cancellationToken);
            }
        }
    }

    /// <summary>Deletes what has expired, and tells how long it is until something more does.</summary>
    /// <exception cref="StoreException">Something was not deleted; another step may do it.</exception>
    internal async Task<TimeSpan> StepAsync(CancellationToken cancellationToken)
    {
        _feed.Read((_, snapshot) => Restart(snapshot), (_, item) => Observe(item));
        while (await ExpireSomeAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (!_queue.TryPeek(out (DateTimeOffset Due, string, long) next))
        {
            return Timeout.InfiniteTimeSpan;
        }

        TimeSpan rest = next.Due - time.GetUtcNow();
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    private void Restart(StoreSnapshot snapshot)
    {
        _queue.Clear();
        DateTimeOffset now = time.GetUtcNow();
        var entries = new List<(DateTimeOffset Due, string Key, long ResourceVersion)>(snapshot.Objects.Count);
        foreach (StoredObject item in snapshot.Objects)
        {
            entries.Add((WrittenAt(item, now) + timeToLive, item.Key, item.ResourceVersion));
        }

        entries.Sort((a, b) => a.Due.CompareTo(b.Due));
        entries.ForEach(_queue.Enqueue);
    }

    private void Observe(StoreEvent item)
    {
        if (item.Kind != StoreEventKind.Deleted)
        {
            _queue.Enqueue((time.GetUtcNow() + timeToLive, item.Object.Key, item.ResourceVersion));
        }
    }

    /// <summary>Deletes a batch of what is due; false when nothing more is. A batch that fails stays for another time.</summary>
    private async Task<bool> ExpireSomeAsync()
    {
        DateTimeOffset now = time.GetUtcNow();
        var writes = new List<Task>();
        int taken = 0;
        foreach ((DateTimeOffset due, string key, long version) in _queue)
        {
            if (due > now || taken == BatchSize)
            {
                break;
            }

            taken++;
            if (store.Read(StoreName).Objects.Find(key) is { } current && current.ResourceVersion == version)
            {
                // Refused where somebody writes it at this moment: then it is in the queue again.
                writes.Add(store.WriteAsync(StoreWrite.Delete(StoreName, current)));
            }
        }

        await Task.WhenAll(writes);
        for (int i = 0; i < taken; i++)
        {
            _queue.Dequeue();
        }

        return taken == BatchSize;
    }

    /// <summary>The last time that an event tells of itself, but not later than now.</summary>
    private static DateTimeOffset WrittenAt(StoredObject item, DateTimeOffset now)
    {
        var value = (Api.BuiltIn.Event)JsonSerializer.Deserialize(item.Json, ResourceDefinitions.Event.TypeInfo)!;
        DateTimeOffset last = value.Metadata.CreationTimestamp ?? now;
        foreach (DateTimeOffset? other in (ReadOnlySpan<DateTimeOffset?>)[value.EventTime, value.LastTimestamp, value.Series?.LastObservedTime])
        {
            last = other > last ? other.Value : last;
        }

        return last < now ? last : now;
    }

    private static partial class Log
    {
        [LoggerMessage(2003, LogLevel.Warning, "Events that expired are not deleted yet: {Reason}")]
        public static partial void NotDeleted(ILogger logger, string reason);
    }
}
