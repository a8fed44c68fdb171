using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Metrics;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Tables;

namespace Lodestone.ApiServer.Watch;

/// <summary>Frames events on one watcher's connection: a JSON object and a line feed each.</summary>
internal sealed class WatchStream(
    PipeWriter output, ObjectRegistry registry, Negotiation negotiation, EventEncodings encodings, Counter events, TimeProvider time, TimeSpan writeTimeout)
{
    private const int FlushBytes = 64 << 10;
    private readonly TableWriter _table = new(registry.Codec, registry.Resource, negotiation, time);
    private Func<StoredObject, byte[]>? _encode;
    private bool _hasToldColumns;

    /// <summary>Writes an event.</summary>
    public void Write(StoreEventKind kind, StoredObject item)
    {
        events.Add();
        output.Write(kind switch
        {
            StoreEventKind.Added => "{\"type\":\"ADDED\",\"object\":"u8,
            StoreEventKind.Modified => "{\"type\":\"MODIFIED\",\"object\":"u8,
            _ => "{\"type\":\"DELETED\",\"object\":"u8,
        });
        switch (negotiation.Format)
        {
            case ObjectFormat.Full:
                output.Write(registry.Codec.Served(item));
                break;
            case ObjectFormat.Table when !_hasToldColumns:
                _hasToldColumns = true;
                output.Write(Encode(item, hasColumns: true));
                break;
            default:
                output.Write(encodings.Get(item, negotiation, _encode ??= encoded => Encode(encoded, hasColumns: false)));
                break;
        }

        output.Write("}\n"u8);
    }

    /// <summary>Writes a bookmark: everything up to this version has been sent.</summary>
    public void WriteBookmark(long resourceVersion, bool endsInitialEvents)
    {
        bool isPartial = negotiation.Format == ObjectFormat.Metadata;
        using (var writer = new Utf8JsonWriter(output, JsonTree.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "BOOKMARK"u8);
            writer.WriteStartObject("object"u8);
            writer.WriteString("kind"u8, isPartial ? "PartialObjectMetadata" : negotiation.Format == ObjectFormat.Table ? "Table" : registry.Resource.Kind);
            writer.WriteString("apiVersion"u8, negotiation.Format == ObjectFormat.Full ? registry.Resource.ApiVersion : "meta.k8s.io/" + negotiation.MetaVersion);
            writer.WriteStartObject("metadata"u8);
            writer.WriteString("resourceVersion"u8, resourceVersion.ToString(CultureInfo.InvariantCulture));
            if (negotiation.Format != ObjectFormat.Table)
            {
                writer.WriteNull("creationTimestamp"u8);
                if (endsInitialEvents)
                {
                    writer.WriteStartObject("annotations"u8);
                    writer.WriteString("k8s.io/initial-events-end"u8, "true"u8);
                    writer.WriteString("kubernetes.io/initial-events-list-blueprint"u8, Convert.ToBase64String(EmptyList()));
                    writer.WriteEndObject();
                }
            }

            writer.WriteEndObject();
            if (negotiation.Format == ObjectFormat.Table)
            {
                writer.WriteStartArray("columnDefinitions"u8);
                writer.WriteEndArray();
                writer.WriteStartArray("rows"u8);
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>The list that a client may fill with the initial events to have what a list would have answered.</summary>
    private byte[] EmptyList() => Responses.Write(writer =>
    {
        bool isPartial = negotiation.Format == ObjectFormat.Metadata;
        writer.WriteStartObject();
        writer.WriteString("kind"u8, isPartial ? "PartialObjectMetadataList" : registry.Resource.Kind + "List");
        writer.WriteString("apiVersion"u8, isPartial ? "meta.k8s.io/" + negotiation.MetaVersion : registry.Resource.ApiVersion);
        writer.WriteStartObject("metadata"u8);
        writer.WriteEndObject();
        writer.WriteStartArray("items"u8);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private byte[] Encode(StoredObject item, bool hasColumns) => Responses.Write(writer =>
    {
        if (negotiation.Format == ObjectFormat.Table)
        {
            _table.Write(writer, [item], new ListMetadata(item.ResourceVersion), hasColumns);
        }
        else
        {
            PartialMetadata.Write(writer, item, negotiation.MetaVersion);
        }
    });

    /// <summary>Writes why the watch cannot go on.</summary>
    public void WriteError(ApiException error)
    {
        output.Write("{\"type\":\"ERROR\",\"object\":"u8);
        output.Write(Responses.StatusJson(error));
        output.Write("}\n"u8);
    }

    /// <summary>Sends what was written, if that is much.</summary>
    public ValueTask FlushIfFullAsync(CancellationToken cancellationToken) =>
        output.CanGetUnflushedBytes && output.UnflushedBytes < FlushBytes ? ValueTask.CompletedTask : new ValueTask(FlushAsync(cancellationToken));

    /// <summary>Sends what was written.</summary>
    /// <exception cref="TimeoutException">The client has not read for too long.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (output.CanGetUnflushedBytes && output.UnflushedBytes == 0)
        {
            return;
        }

        ValueTask<FlushResult> flush = output.FlushAsync(cancellationToken);
        FlushResult result = flush.IsCompleted ? await flush : await flush.AsTask().WaitAsync(writeTimeout, time, cancellationToken);
        if (result.IsCompleted)
        {
            throw new OperationCanceledException("the client has left");
        }
    }
}
