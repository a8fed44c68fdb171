using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Admission;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Deletions, of one object and of all that a list would show.</summary>
internal sealed class DeleteEndpoint(ListEndpoint lists, WriteEndpoints objects, IAdmission admission)
{
    /// <summary>Deletions of a collection that are under way at once: they share commits.</summary>
    private const int BatchSize = 128;

    /// <summary>Deletes an object. Answers with a Status when it is gone, and with the object when something still holds it.</summary>
    public async Task HandleAsync(ResourceRequest request)
    {
        DeleteOptions options = await ReadOptionsAsync(request);
        (StoredObject deleted, bool isGone) = await request.Registry.DeleteAsync(request.Namespace, request.Info.Name, options).WaitAsync(request.Http.RequestAborted);
        if (!isGone)
        {
            await objects.WriteAsync(request, 200, deleted, []);
            return;
        }

        await Responses.DeletedAsync(request.Http, new StatusDetails
        {
            Name = request.Info.Name,
            Group = request.Resource.Group.Length == 0 ? null : request.Resource.Group,
            Kind = request.Resource.Plural,
            Uid = deleted.Summary.Uid,
        });
    }

    /// <summary>Deletes the objects a list of the same parameters shows, and answers with that list.</summary>
    public async Task HandleCollectionAsync(ResourceRequest request)
    {
        ListOptions listOptions = ListOptions.Parse(request, isWatch: false);
        DeleteOptions options = await ReadOptionsAsync(request);
        StoreSnapshot snapshot = await lists.SnapshotAsync(request, listOptions, request.Http.RequestAborted);
        var selection = ListSelection.Of(request, listOptions, snapshot);
        var deleted = new List<StoredObject>();
        foreach (StoredObject[] batch in selection.Items.Chunk(BatchSize))
        {
            StoredObject?[] done = await Task.WhenAll(batch.Select(item => DeleteAsync(request.Registry, item, options)));
            deleted.AddRange(done.OfType<StoredObject>());
        }

        await WriteAsync(request, deleted, selection);
    }

    private async Task<DeleteOptions> ReadOptionsAsync(ResourceRequest request) =>
        await DeleteOptionsReader.ReadAsync(request.Http) with { Admit = current => admission.AdmitDeletion(request, current) };

    /// <summary>The object as it was deleted; null when somebody else deleted it first.</summary>
    private static async Task<StoredObject?> DeleteAsync(ObjectRegistry registry, StoredObject item, DeleteOptions options)
    {
        try
        {
            return (await registry.DeleteAsync(item.Summary.Namespace, item.Summary.Name, options)).Object;
        }
        catch (ApiException exception) when (exception.Code == 404)
        {
            return null;
        }
    }

    private static async Task WriteAsync(ResourceRequest request, List<StoredObject> deleted, ListSelection selection)
    {
        request.Http.Response.StatusCode = 200;
        request.Http.Response.ContentType = "application/json";
        PipeWriter output = request.Http.Response.BodyWriter;
        using (var writer = new Utf8JsonWriter(output, Json.JsonTree.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, request.Resource.Kind + "List");
            writer.WriteString("apiVersion"u8, request.Resource.ApiVersion);
            writer.WritePropertyName("metadata"u8);
            selection.Metadata.Write(writer);
            writer.WriteStartArray("items"u8);
        }

        for (int i = 0; i < deleted.Count; i++)
        {
            output.Write(i == 0 ? ""u8 : ","u8);
            output.Write(request.Registry.Codec.Served(deleted[i]));
            if (i % BatchSize == 0)
            {
                await output.FlushAsync(request.Http.RequestAborted);
            }
        }

        output.Write("]}"u8);
        await output.FlushAsync(request.Http.RequestAborted);
    }
}
