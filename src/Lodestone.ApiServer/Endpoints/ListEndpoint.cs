using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Tables;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Lists: one consistent version, filtered, in pages if asked for, in the form asked for.</summary>
internal sealed class ListEndpoint(IObjectStore store, TimeProvider time)
{
    private const int FlushBytes = 128 << 10;
    private static readonly TimeSpan FreshnessTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Answers a list request.</summary>
    public async Task HandleAsync(ResourceRequest request)
    {
        var options = ListOptions.Parse(request.Http.Request.Query, request.Registry.Strategy.SelectableFields, isWatch: false);
        var negotiation = Negotiation.Of(request.Http.Request, isList: true);
        StoreSnapshot snapshot = await SnapshotAsync(request.Registry, options, request.Http.RequestAborted);
        (List<StoredObject> items, ListMetadata metadata) = Select(request, options, snapshot);
        switch (negotiation.Format)
        {
            case ObjectFormat.Full:
                await WriteAsync(request, items, metadata);
                break;
            case ObjectFormat.Table:
                var table = new TableWriter(request.Registry.Codec, request.Resource, negotiation, time);
                await Responses.JsonAsync(request.Http, 200, writer => table.Write(writer, items, metadata));
                break;
            default:
                await Responses.JsonAsync(request.Http, 200, writer => WriteMetadataList(writer, items, metadata, negotiation.MetaVersion));
                break;
        }
    }

    /// <summary>Waits until the store has reached a version.</summary>
    /// <exception cref="ApiException">504, it has not in time.</exception>
    public async Task WaitAsync(long resourceVersion, CancellationToken cancellationToken)
    {
        if (!await store.WaitForAsync(resourceVersion, FreshnessTimeout, cancellationToken))
        {
            throw ApiErrors.VersionTooLarge(resourceVersion, store.ResourceVersion);
        }
    }

    /// <summary>The keys of a namespace, or all keys.</summary>
    public static (string From, string? To) Range(string ns) => ns.Length == 0 ? ("", null) : (ns + "/", ns + "0");

    /// <summary>The objects that a list of these options shows.</summary>
    public static (List<StoredObject> Items, ListMetadata Metadata) Select(ResourceRequest request, ListOptions options, StoreSnapshot snapshot)
    {
        (string from, string? to) = Range(request.Namespace);
        if (options.Continue is { } token)
        {
            if (string.CompareOrdinal(token.After, from) < 0 || (to is not null && string.CompareOrdinal(token.After, to) >= 0))
            {
                throw ApiErrors.BadRequest("continue key is not valid: it belongs to another list");
            }

            // The smallest key after the one the page before ended with.
            from = token.After + "\0";
        }

        var items = new List<StoredObject>();
        bool hasMore = false;
        foreach (StoredObject item in snapshot.Objects.Between(from, to))
        {
            if (options.Labels.Matches(item.Summary) && options.Fields.Matches(item))
            {
                if (options.Limit > 0 && items.Count == options.Limit)
                {
                    hasMore = true;
                    break;
                }

                items.Add(item);
            }
        }

        if (!hasMore)
        {
            return (items, new ListMetadata(snapshot.ResourceVersion));
        }

        string last = items[^1].Key;
        long? remaining = options.SelectsAll
            ? (to is null ? snapshot.Objects.Count : snapshot.Objects.Rank(to)) - snapshot.Objects.Rank(last) - 1
            : null;
        return (items, new ListMetadata(snapshot.ResourceVersion, new ContinueToken(snapshot.ResourceVersion, last).Encode(), remaining));
    }

    private static async Task WriteAsync(ResourceRequest request, List<StoredObject> items, ListMetadata metadata)
    {
        request.Http.Response.StatusCode = 200;
        request.Http.Response.ContentType = "application/json";
        PipeWriter output = request.Http.Response.BodyWriter;
        output.Write(ListHead(request.Registry, metadata));
        int pending = 0;
        bool isFirst = true;
        foreach (StoredObject item in items)
        {
            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            output.Write(item.Json);
            pending += item.Json.Length;
            if (pending >= FlushBytes)
            {
                pending = 0;
                await output.FlushAsync(request.Http.RequestAborted);
            }
        }

        output.Write("]}"u8);
        await output.FlushAsync(request.Http.RequestAborted);
    }

    private static byte[] ListHead(ObjectRegistry registry, ListMetadata metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, JsonTree.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, registry.Resource.Kind + "List");
            writer.WriteString("apiVersion"u8, registry.Resource.ApiVersion);
            writer.WritePropertyName("metadata"u8);
            metadata.Write(writer);
            writer.WriteStartArray("items"u8);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteMetadataList(Utf8JsonWriter writer, List<StoredObject> items, ListMetadata metadata, string metaVersion)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "PartialObjectMetadataList"u8);
        writer.WriteString("apiVersion"u8, "meta.k8s.io/" + metaVersion);
        writer.WritePropertyName("metadata"u8);
        metadata.Write(writer);
        writer.WriteStartArray("items"u8);
        foreach (StoredObject item in items)
        {
            PartialMetadata.Write(writer, item, metaVersion);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private async Task<StoreSnapshot> SnapshotAsync(ObjectRegistry registry, ListOptions options, CancellationToken cancellationToken)
    {
        if (options.Continue is { } token)
        {
            if (options.ResourceVersion is > 0)
            {
                throw ApiErrors.BadRequest("specifying resource version is not allowed when using continue");
            }

            if (token.ResourceVersion < 0)
            {
                return registry.Read();
            }

            return store.TryReadAt(registry.StoreName, token.ResourceVersion, out StoreSnapshot page)
                ? page
                : throw ApiErrors.Expired(
                    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
                    new ContinueToken(-1, token.After).Encode());
        }

        if (options.ResourceVersion is not > 0)
        {
            return registry.Read();
        }

        long version = options.ResourceVersion.Value;
        await WaitAsync(version, cancellationToken);
        if (options.Match == "Exact" || (options.Match is null && options.Limit > 0))
        {
            return store.TryReadAt(registry.StoreName, version, out StoreSnapshot exact)
                ? exact
                : throw ApiErrors.Expired("The resourceVersion for the provided list is too old.");
        }

        return registry.Read();
    }
}
