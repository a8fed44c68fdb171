using System.Globalization;
using System.Threading.Channels;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.Client.Events;

/// <summary>Tells people what happened to an object. Never blocks and never fails its caller; repeats raise a counter.</summary>
public sealed partial class EventRecorder(ApiClient client, string component, string instance, ILogger logger, TimeProvider timeProvider)
{
    private const int QueueLength = 1024;
    private const int RememberedEvents = 4096;

    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Dictionary<Identity, Event> _known = [];
    private readonly Queue<Identity> _order = [];

    /// <summary>Records an event about an object. Dropped while a thousand others wait to be written.</summary>
    public void Record(KubernetesObject about, EventType type, string reason, string message)
    {
        ObjectMeta meta = about.Metadata;
        ResourceDefinition definition = ResourceDefinitions.All.First(d => d.TypeInfo.Type == about.GetType());
        var identity = new Identity(definition.ApiVersion, definition.Kind, meta.Namespace ?? "", meta.Name ?? "", meta.Uid ?? "", type, reason, message);
        _entries.Writer.TryWrite(new Entry(identity, meta.ResourceVersion, timeProvider.GetUtcNow()));
    }

    /// <summary>Writes what is recorded until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new Dictionary<Identity, (Entry Last, DateTimeOffset First, int Count)>();
        try
        {
            while (await _entries.Reader.WaitToReadAsync(cancellationToken))
            {
                // Repeats that piled up while the last batch was written become one write.
                batch.Clear();
                while (batch.Count < QueueLength && _entries.Reader.TryRead(out Entry? entry))
                {
                    batch[entry.Identity] = batch.TryGetValue(entry.Identity, out (Entry Last, DateTimeOffset First, int Count) seen)
                        ? (entry, seen.First, seen.Count + 1)
                        : (entry, entry.Time, 1);
                }

                foreach ((Identity identity, (Entry last, DateTimeOffset first, int count)) in batch)
                {
                    await WriteAsync(identity, last, first, count, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way to stop a recorder.
        }
    }

    private async Task WriteAsync(Identity identity, Entry last, DateTimeOffset first, int count, CancellationToken cancellationToken)
    {
        try
        {
            if (_known.TryGetValue(identity, out Event? known))
            {
                Event? updated = await client.UpdateAsync(
                    known,
                    e =>
                    {
                        e.Count = (e.Count ?? 1) + count;
                        e.LastTimestamp = last.Time;
                    },
                    cancellationToken);
                if (updated is not null)
                {
                    _known[identity] = updated;
                    return;
                }
            }

            Remember(identity, await client.CreateAsync(Build(identity, last, first, count), cancellationToken));
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or TimeoutException or System.Text.Json.JsonException)
        {
            Log.NotWritten(logger, identity.Kind, identity.Name, identity.Reason, exception.Message);
        }
    }

    private void Remember(Identity identity, Event written)
    {
        if (!_known.ContainsKey(identity))
        {
            _order.Enqueue(identity);
        }

        _known[identity] = written;
        if (_order.Count > RememberedEvents)
        {
            _known.Remove(_order.Dequeue());
        }
    }

    private Event Build(Identity identity, Entry last, DateTimeOffset first, int count)
    {
        // Events of objects of cluster scope live in "default", as in Kubernetes.
        string ns = identity.Namespace.Length > 0 ? identity.Namespace : "default";
        string suffix = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..16];
        return new Event
        {
            Metadata = new ObjectMeta { Namespace = ns, Name = $"{identity.Name}.{suffix}" },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = identity.ApiVersion,
                Kind = identity.Kind,
                Namespace = identity.Namespace.Length > 0 ? identity.Namespace : null,
                Name = identity.Name,
                Uid = identity.Uid,
                ResourceVersion = last.ResourceVersion,
            },
            Reason = identity.Reason,
            Message = identity.Message,
            Type = identity.Type.ToString(),
            Count = count,
            FirstTimestamp = first,
            LastTimestamp = last.Time,
            Source = new EventSource { Component = component, Host = instance },
            ReportingComponent = component,
            ReportingInstance = instance,
        };
    }

    private sealed record Identity(string ApiVersion, string Kind, string Namespace, string Name, string Uid, EventType Type, string Reason, string Message);

    private sealed record Entry(Identity Identity, string? ResourceVersion, DateTimeOffset Time);

    private static partial class Log
    {
        [LoggerMessage(2400, LogLevel.Warning, "Event {Reason} about {Kind} {Name} could not be written: {Message}")]
        internal static partial void NotWritten(ILogger logger, string kind, string name, string reason, string message);
    }
}
