using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Tables;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Lists: one consistent version, filtered, in pages if asked for, in the form asked for.</summary>
/// <remarks>An answer is written while its objects are found, so what it takes of memory does not grow with the list.</remarks>
internal sealed class ListEndpoint(IObjectStore store, TimeProvider time)
{
    private const int FlushBytes = 128 << 10;
    private static readonly TimeSpan FreshnessTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The keys of a namespace, or all keys.</summary>
    public static (string From, string? To) Range(string ns) => ns.Length == 0 ? ("", null) : (ns + "/", ns + "0");

    /// <summary>Answers a list request.</summary>
    public async Task HandleAsync(ResourceRequest request)
    {
        ListOptions options = ListOptions.Parse(request, isWatch: false);
        var negotiation = Negotiation.Of(request.Http.Request, isList: true);
        StoreSnapshot snapshot = await SnapshotAsync(request, options, request.Http.RequestAborted);
        var selection = ListSelection.Of(request, options, snapshot);
        request.Http.Response.StatusCode = 200;
        request.Http.Response.ContentType = "application/json";
        switch (negotiation.Format)
        {
            case ObjectFormat.Full:
                await WriteAsync(request, selection);
                break;
            case ObjectFormat.Table:
                await WriteTableAsync(request, selection, negotiation);
                break;
            default:
                await WriteMetadataAsync(request, selection, negotiation);
                break;
        }
    }

    /// <summary>For a read of one object: waits until the store is as fresh as <c>resourceVersion</c> wants it.</summary>
    /// <exception cref="ApiException">400 or 504.</exception>
    public Task WaitForGetAsync(ResourceRequest request)
    {
        string? text = request.Http.Request.Query["resourceVersion"];
        return string.IsNullOrEmpty(text) || text == "0"
            ? Task.CompletedTask
            : WaitAsync(ListOptions.ParseVersion(text), request.Http.RequestAborted);
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

    /// <summary>The state that a list of these options shows.</summary>
    /// <exception cref="ApiException">410, it is no longer held; 504, it is not reached yet.</exception>
    public async Task<StoreSnapshot> SnapshotAsync(ResourceRequest request, ListOptions options, CancellationToken cancellationToken)
    {
        string resource = request.Registry.StoreName;
        if (options.Continue is { } token)
        {
            if (options.ResourceVersion is > 0)
            {
                throw ApiErrors.BadRequest("specifying resource version is not allowed when using continue");
            }

            if (token.ResourceVersion < 0)
            {
                return store.Read(resource);
            }

            return token.ResourceVersion <= store.ResourceVersion && store.TryReadAt(resource, token.ResourceVersion, out StoreSnapshot page)
                ? page
                : throw ApiErrors.Expired(
                    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
                    new ContinueToken(-1, token.After).Encode());
        }

        if (options.ResourceVersion is not > 0)
        {
            return store.Read(resource);
        }

        long version = options.ResourceVersion.Value;
        await WaitAsync(version, cancellationToken);
        if (options.Match == "Exact" || (options.Match is null && options.Limit > 0))
        {
            return store.TryReadAt(resource, version, out StoreSnapshot exact)
                ? exact
                : throw ApiErrors.Expired("The resourceVersion for the provided list is too old.");
        }

        return store.Read(resource);
    }

    private static async Task WriteAsync(ResourceRequest request, ListSelection selection)
    {
        PipeWriter output = request.Http.Response.BodyWriter;
        WriteHead(output, request.Resource.Kind + "List", request.Resource.ApiVersion, selection.Metadata);
        int pending = 0;
        bool isFirst = true;
        foreach (StoredObject item in selection.Items)
        {
            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            byte[] json = request.Registry.Codec.Served(item);
            output.Write(json);
            pending += json.Length;
            if (pending >= FlushBytes)
            {
                pending = 0;
                await FlushAsync(output, request.Http.RequestAborted);
            }
        }

        output.Write("]}"u8);
        await FlushAsync(output, request.Http.RequestAborted);
    }

    private static async Task WriteMetadataAsync(ResourceRequest request, ListSelection selection, Negotiation negotiation)
    {
        PipeWriter output = request.Http.Response.BodyWriter;
        WriteHead(output, "PartialObjectMetadataList", "meta.k8s.io/" + negotiation.MetaVersion, selection.Metadata);
        await using var writer = new Utf8JsonWriter(output, JsonTree.WriterOptions);
        bool isFirst = true;
        foreach (StoredObject item in selection.Items)
        {
            if (!isFirst)
            {
                output.Write(","u8);
            }

            isFirst = false;
            PartialMetadata.Write(writer, item, negotiation.MetaVersion);
            writer.Flush();
            writer.Reset();
            await FlushIfFullAsync(output, request.Http.RequestAborted);
        }

        output.Write("]}"u8);
        await FlushAsync(output, request.Http.RequestAborted);
    }

    private async Task WriteTableAsync(ResourceRequest request, ListSelection selection, Negotiation negotiation)
    {
        PipeWriter output = request.Http.Response.BodyWriter;
        var table = new TableWriter(request.Registry.Codec, request.Resource, negotiation, time);
        await using var writer = new Utf8JsonWriter(output, JsonTree.WriterOptions);
        DateTimeOffset now = time.GetUtcNow();
        table.WriteStart(writer, selection.Metadata, hasColumns: true);
        foreach (StoredObject item in selection.Items)
        {
            table.WriteRow(writer, item, now);
            writer.Flush();
            await FlushIfFullAsync(output, request.Http.RequestAborted);
        }

        TableWriter.WriteEnd(writer);
        writer.Flush();
        await FlushAsync(output, request.Http.RequestAborted);
    }

    private static ValueTask FlushIfFullAsync(PipeWriter output, CancellationToken cancellationToken) =>
        output.CanGetUnflushedBytes && output.UnflushedBytes < FlushBytes ? ValueTask.CompletedTask : new ValueTask(FlushAsync(output, cancellationToken));

    private static async Task FlushAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        FlushResult result = await output.FlushAsync(cancellationToken);
        if (result.IsCompleted)
        {
            throw new OperationCanceledException("the client has left");
        }
    }

    private static void WriteHead(PipeWriter output, string kind, string apiVersion, ListMetadata metadata)
    {
        using var writer = new Utf8JsonWriter(output, JsonTree.WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("kind"u8, kind);
        writer.WriteString("apiVersion"u8, apiVersion);
        writer.WritePropertyName("metadata"u8);
        metadata.Write(writer);
        writer.WriteStartArray("items"u8);
    }
}
