using System.Globalization;
using System.Threading.Channels;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Client.Http;
using Microsoft.Extensions.Logging;

namespace Lodestone.Client.Events;

/// <summary>Tells people what happened to an object. Never blocks and never fails its caller.</summary>
/// <remarks>Repeats raise a counter, similar ones become one event, and too many are dropped: <see cref="EventCorrelator"/>.</remarks>
public sealed partial class EventRecorder(ApiClient client, string component, string instance, ILogger logger, TimeProvider timeProvider)
{
    private const int QueueLength = 1024;
    private const int RememberedEvents = 4096;

    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly EventCorrelator _correlator = new(timeProvider);
    private readonly RecentMap<EventIdentity, Event> _known = new(RememberedEvents);

    /// <summary>Records an event about an object. Dropped while a thousand others wait to be written.</summary>
    public void Record(KubernetesObject about, EventType type, string reason, string message)
    {
        ObjectMeta meta = about.Metadata;
        ResourceDefinition definition = ResourceDefinitions.Of(about.GetType());
        var identity = new EventIdentity(definition.ApiVersion, definition.Kind, meta.Namespace ?? "", meta.Name ?? "", meta.Uid ?? "", type, reason, message);
        _entries.Writer.TryWrite(new Entry(identity, meta.ResourceVersion, timeProvider.GetUtcNow()));
    }

    /// <summary>Writes what is recorded until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new Dictionary<EventIdentity, Batched>();
        try
        {
            while (await _entries.Reader.WaitToReadAsync(cancellationToken))
            {
                // Repeats that piled up while the last batch was written become one write.
                batch.Clear();
                while (batch.Count < QueueLength && _entries.Reader.TryRead(out Entry? entry))
                {
                    Add(batch, entry);
                }

                foreach ((EventIdentity key, Batched batched) in batch)
                {
                    await WriteAsync(key, batched, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way to stop a recorder.
        }
    }

    private void Add(Dictionary<EventIdentity, Batched> batch, Entry entry)
    {
        if (_correlator.Admit(entry.Identity) is not { } told)
        {
            Log.TooMany(logger, entry.Identity.Kind, entry.Identity.Name, entry.Identity.Reason);
            return;
        }

        batch[told.Key] = batch.TryGetValue(told.Key, out Batched? seen)
            ? seen with { Last = entry, Message = told.Message, Count = seen.Count + 1 }
            : new Batched(entry, told.Message, entry.Time, 1);
    }

    private async Task WriteAsync(EventIdentity key, Batched batched, CancellationToken cancellationToken)
    {
        try
        {
            if (_known.TryGet(key, out Event? known))
            {
                Event? updated = await client.UpdateAsync(
                    known,
                    e =>
                    {
                        e.Count = (e.Count ?? 1) + batched.Count;
                        e.Message = batched.Message;
                        e.LastTimestamp = batched.Last.Time;
                    },
                    cancellationToken);
                if (updated is not null)
                {
                    _known.Set(key, updated);
                    return;
                }
            }

            _known.Set(key, await client.CreateAsync(Build(key, batched), cancellationToken));
        }
        catch (ApiException exception) when (exception.IsNamespaceTerminating)
        {
            // It goes with its namespace, and so would the Event.
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or TimeoutException or System.Text.Json.JsonException)
        {
            Log.NotWritten(logger, key.Kind, key.Name, key.Reason, exception.Message);
        }
    }

    private Event Build(EventIdentity key, Batched batched)
    {
        // Events of objects of cluster scope live in "default", as in Kubernetes.
        string ns = key.Namespace.Length > 0 ? key.Namespace : "default";
        string suffix = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..16];
        return new Event
        {
            Metadata = new ObjectMeta { Namespace = ns, Name = $"{key.Name}.{suffix}" },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = key.ApiVersion,
                Kind = key.Kind,
                Namespace = key.Namespace.Length > 0 ? key.Namespace : null,
                Name = key.Name,
                Uid = key.Uid,
                ResourceVersion = batched.Last.ResourceVersion,
            },
            Reason = key.Reason,
            Message = batched.Message,
            Type = key.Type.ToString(),
            Count = batched.Count,
            FirstTimestamp = batched.First,
            LastTimestamp = batched.Last.Time,
            Source = new EventSource { Component = component, Host = instance },
            ReportingComponent = component,
            ReportingInstance = instance,
        };
    }

    private sealed record Entry(EventIdentity Identity, string? ResourceVersion, DateTimeOffset Time);

    /// <param name="Last">The last of the repeats.</param>
    /// <param name="Message">What to say.</param>
    /// <param name="First">When the first happened.</param>
    /// <param name="Count">How many there are.</param>
    private sealed record Batched(Entry Last, string Message, DateTimeOffset First, int Count);

    private static partial class Log
    {
        [LoggerMessage(2400, LogLevel.Warning, "Event {Reason} about {Kind} {Name} could not be written: {Message}")]
        internal static partial void NotWritten(ILogger logger, string kind, string name, string reason, string message);

        [LoggerMessage(2401, LogLevel.Debug, "Event {Reason} about {Kind} {Name} is dropped: there were too many about it")]
        internal static partial void TooMany(ILogger logger, string kind, string name, string reason);
    }
}
