using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Admission;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Patching;
using Lodestone.ApiServer.Protobuf;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Tables;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Requests about one object, and deletions of many.</summary>
internal sealed class WriteEndpoints(IAdmission admission, TimeProvider time)
{
    private const string JsonType = "application/json";
    private const string JsonPatchType = "application/json-patch+json";
    private const string MergePatchType = "application/merge-patch+json";
    private const string StrategicPatchType = "application/strategic-merge-patch+json";

    /// <summary>Reads an object.</summary>
    public Task GetAsync(ResourceRequest request) =>
        WriteAsync(request, 200, request.Registry.Get(request.Namespace, request.Info.Name), []);

    /// <summary>Creates an object.</summary>
    public async Task CreateAsync(ResourceRequest request)
    {
        byte[] body = await ReadObjectAsync(request);
        WriteOptions options = OptionsOf(request);
        KubernetesObject value = request.Registry.Codec.Decode(body, options);
        StoredObject created = await request.Registry.CreateAsync(request.Namespace, value, options);
        await WriteAsync(request, 201, created, options.Warnings);
    }

    /// <summary>Replaces an object, or its status.</summary>
    public async Task UpdateAsync(ResourceRequest request)
    {
        byte[] body = await ReadObjectAsync(request);
        WriteOptions options = OptionsOf(request);
        StoredObject updated = await request.Registry.UpdateAsync(
            request.Namespace,
            request.Info.Name,
            request.IsStatus,
            isReplacement: true,
            _ => request.Registry.Codec.Decode(body, options),
            options);
        await WriteAsync(request, 200, updated, options.Warnings);
    }

    /// <summary>Patches an object, or its status.</summary>
    public async Task PatchAsync(ResourceRequest request)
    {
        Func<StoredObject, JsonNode?> patch = ReadPatch(request, await RequestBody.ReadAsync(request.Http));
        WriteOptions options = OptionsOf(request);
        StoredObject updated = await request.Registry.UpdateAsync(
            request.Namespace,
            request.Info.Name,
            request.IsStatus,
            isReplacement: false,
            current => request.Registry.Codec.Decode(
                patch(current) as JsonObject ?? throw ApiErrors.PatchFailed(request.Resource, request.Info.Name),
                options),
            options);
        await WriteAsync(request, 200, updated, options.Warnings);
    }

    /// <summary>Deletes an object.</summary>
    public async Task DeleteAsync(ResourceRequest request)
    {
        DeleteOptions options = await ReadAdmittedDeleteOptionsAsync(request);
        (StoredObject deleted, bool isGone) = await request.Registry.DeleteAsync(request.Namespace, request.Info.Name, options);
        if (!isGone)
        {
            await WriteAsync(request, 200, deleted, []);
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
    public async Task DeleteCollectionAsync(ResourceRequest request)
    {
        var listOptions = ListOptions.Parse(request.Http.Request.Query, request.Registry.Strategy.SelectableFields, isWatch: false);
        DeleteOptions options = await ReadAdmittedDeleteOptionsAsync(request);
        (List<StoredObject> items, ListMetadata metadata) = ListEndpoint.Select(request, listOptions, request.Registry.Read());
        var deleted = new List<StoredObject>(items.Count);
        foreach (StoredObject item in items)
        {
            try
            {
                (StoredObject gone, _) = await request.Registry.DeleteAsync(item.Summary.Namespace, item.Summary.Name, options);
                deleted.Add(gone);
            }
            catch (ApiException exception) when (exception.Code == 404)
            {
                // Somebody else deleted it first.
            }
        }

        await Responses.JsonAsync(request.Http, 200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("kind"u8, request.Resource.Kind + "List");
            writer.WriteString("apiVersion"u8, request.Resource.ApiVersion);
            writer.WritePropertyName("metadata"u8);
            metadata.Write(writer);
            writer.WriteStartArray("items"u8);
            foreach (StoredObject item in deleted)
            {
                writer.WriteRawValue(item.Json, skipInputValidation: true);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static Func<StoredObject, JsonNode?> ReadPatch(ResourceRequest request, byte[] body)
    {
        string type = RequestBody.MediaTypeOf(request.Http.Request);
        if (type is not (JsonPatchType or MergePatchType) && !(type == StrategicPatchType && request.Resource.IsBuiltIn))
        {
            throw ApiErrors.UnsupportedMediaType(JsonPatchType, MergePatchType);
        }

        JsonNode? document;
        try
        {
            document = JsonTree.Parse(body);
        }
        catch (JsonException exception)
        {
            throw ApiErrors.BadRequest($"error decoding patch: {exception.Message}");
        }

        if (type == JsonPatchType)
        {
            var patch = JsonPatch.Parse(document);
            return current =>
            {
                try
                {
                    return patch.Apply(JsonTree.Parse(current.Json));
                }
                catch (JsonPatchException)
                {
                    throw ApiErrors.PatchFailed(request.Resource, request.Info.Name);
                }
            };
        }

        var merge = document as JsonObject ?? throw ApiErrors.BadRequest("error decoding patch: a merge patch is an object");
        return current =>
        {
            JsonObject target = JsonTree.ParseObject(current.Json);
            MergePatch.Apply(target, merge);
            return target;
        };
    }

    /// <summary>The object in the body, as JSON.</summary>
    private static async Task<byte[]> ReadObjectAsync(ResourceRequest request)
    {
        bool takesProtobuf = ProtobufBody.Supports(request.Resource);
        switch (RequestBody.MediaTypeOf(request.Http.Request))
        {
            case JsonType:
                return await RequestBody.ReadAsync(request.Http);
            case ProtobufBody.MediaType when takesProtobuf:
                return ProtobufBody.ToJson(await RequestBody.ReadAsync(request.Http), request.Resource);
            default:
                throw takesProtobuf ? ApiErrors.UnsupportedMediaType(JsonType, ProtobufBody.MediaType) : ApiErrors.UnsupportedMediaType(JsonType);
        }
    }

    private WriteOptions OptionsOf(ResourceRequest request)
    {
        IQueryCollection query = request.Http.Request.Query;
        return new WriteOptions
        {
            IsDryRun = IsDryRun(query["dryRun"]),
            FieldValidation = (string?)query["fieldValidation"] switch
            {
                null or "" or "Warn" => FieldValidation.Warn,
                "Ignore" => FieldValidation.Ignore,
                "Strict" => FieldValidation.Strict,
                var other => throw InvalidOption("fieldValidation", other, "Ignore", "Warn", "Strict"),
            },
            Admit = (value, old) => admission.Admit(request, value, old),
        };
    }

    private static bool IsDryRun(IEnumerable<string?> values)
    {
        string[] given = [.. values.Where(v => !string.IsNullOrEmpty(v)).Select(v => v!)];
        return given.FirstOrDefault(v => v != "All") is { } unknown ? throw InvalidOption("dryRun", unknown, "All") : given.Length > 0;
    }

    private static ApiException InvalidOption(string field, string value, params ReadOnlySpan<string> supported) =>
        ApiErrors.Invalid("meta.k8s.io", "Options", "",
        [
            new StatusCause
            {
                Reason = "FieldValueNotSupported",
                Field = field,
                Message = $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.ToArray().Select(s => $"\"{s}\""))}",
            },
        ]);

    private async Task<DeleteOptions> ReadAdmittedDeleteOptionsAsync(ResourceRequest request) =>
        (await ReadDeleteOptionsAsync(request)) with { Admit = current => admission.AdmitDeletion(request, current) };

    private static async Task<DeleteOptions> ReadDeleteOptionsAsync(ResourceRequest request)
    {
        byte[] body = await RequestBody.ReadAsync(request.Http);
        IQueryCollection query = request.Http.Request.Query;
        JsonObject? options = null;
        if (body.Length > 0)
        {
            byte[] json = RequestBody.MediaTypeOf(request.Http.Request) switch
            {
                JsonType => body,
                ProtobufBody.MediaType => ProtobufBody.DeleteOptionsToJson(body),
                _ => throw ApiErrors.UnsupportedMediaType(JsonType, ProtobufBody.MediaType),
            };
            try
            {
                options = JsonTree.Parse(json) as JsonObject ?? throw ApiErrors.BadRequest("DeleteOptions are an object");
            }
            catch (JsonException exception)
            {
                throw ApiErrors.BadRequest($"DeleteOptions: {exception.Message}");
            }
        }

        string? policy = options?.Text("propagationPolicy") ?? (string?)query["propagationPolicy"];
        bool? isOrphan = options?["orphanDependents"] is JsonValue flag && flag.TryGetValue(out bool orphan) ? orphan : null;
        if (policy is not (null or "" or "Background" or "Foreground" or "Orphan"))
        {
            throw InvalidOption("propagationPolicy", policy, "Foreground", "Background", "Orphan");
        }

        if (isOrphan is not null && !string.IsNullOrEmpty(policy))
        {
            throw ApiErrors.Invalid("meta.k8s.io", "DeleteOptions", "",
            [
                new StatusCause { Reason = "FieldValueInvalid", Field = "propagationPolicy", Message = "Invalid value: orphanDependents and deletionPropagation cannot be both set" },
            ]);
        }

        JsonObject? preconditions = options?.Object("preconditions");
        IEnumerable<string?> dryRun = options?["dryRun"] is JsonArray list ? list.Select(v => v?.ToString()) : query["dryRun"];
        return new DeleteOptions
        {
            Uid = preconditions?.Text("uid"),
            ResourceVersion = preconditions?.Text("resourceVersion"),
            PropagationPolicy = isOrphan is { } keeps ? (keeps ? "Orphan" : "Background") : string.IsNullOrEmpty(policy) ? null : policy,
            IsDryRun = IsDryRun(dryRun),
        };
    }

    private Task WriteAsync(ResourceRequest request, int code, StoredObject item, List<string> warnings)
    {
        var negotiation = Negotiation.Of(request.Http.Request, isList: false);
        Responses.AddWarnings(request.Http, warnings);
        switch (negotiation.Format)
        {
            case ObjectFormat.Full:
                return Responses.JsonAsync(request.Http, code, item.Json);
            case ObjectFormat.Table:
                var table = new TableWriter(request.Registry.Codec, request.Resource, negotiation, time);
                return Responses.JsonAsync(request.Http, code, writer => table.Write(writer, [item], new ListMetadata(item.ResourceVersion)));
            default:
                return Responses.JsonAsync(request.Http, code, writer => PartialMetadata.Write(writer, item, negotiation.MetaVersion));
        }
    }
}
