using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;
using Lodestone.ApiServer.Admission;
using Lodestone.ApiServer.Audit;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Patching;
using Lodestone.ApiServer.Protobuf;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Tables;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Reads and writes of one object; deletions are the <see cref="DeleteEndpoint"/>'s.</summary>
internal sealed class WriteEndpoints(IAdmission admission, IAuthorizer authorizer, TimeProvider time)
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
        var duplicates = new List<string>();
        byte[] body = await ReadObjectAsync(request.Http, request.Resource, duplicates);
        WriteOptions options = OptionsOf(request, "CreateOptions", duplicates);
        KubernetesObject value = request.Registry.Codec.Decode(body, options);
        request.Http.Features.Get<AuditRecord>()?.Created = value.Metadata;
        StoredObject created = await request.Registry.CreateAsync(request.Namespace, value, options).WaitAsync(request.Http.RequestAborted);
        await WriteAsync(request, 201, created, options.Warnings);
    }

    /// <summary>Replaces an object, or its status. Some kinds are created so.</summary>
    public async Task UpdateAsync(ResourceRequest request)
    {
        var duplicates = new List<string>();
        byte[] body = await ReadObjectAsync(request.Http, request.Resource, duplicates);
        WriteOptions options = OptionsOf(request, "UpdateOptions", duplicates);
        (StoredObject updated, bool isCreated) = await request.Registry.ReplaceAsync(
            request.Namespace,
            request.Info.Name,
            request.IsStatus,
            () => request.Registry.Codec.Decode(body, options),
            options,
            () => CheckCreationAsync(request)).WaitAsync(request.Http.RequestAborted);
        await WriteAsync(request, isCreated ? 201 : 200, updated, options.Warnings);
    }

    /// <summary>Patches an object, or its status.</summary>
    public async Task PatchAsync(ResourceRequest request)
    {
        byte[] body = await RequestBody.ReadAsync(request.Http);
        if (RequestBody.MediaTypeOf(request.Http.Request) == ApplyPatch.MediaType)
        {
            await ApplyAsync(request, body);
            return;
        }

        var problems = new List<string>();
        Func<StoredObject, JsonNode?> patch = ReadPatch(request, body, problems);
        WriteOptions options = OptionsOf(request, "PatchOptions", [], problems);
        StoredObject updated = await request.Registry.UpdateAsync(
            request.Namespace,
            request.Info.Name,
            request.IsStatus,
            isReplacement: false,
            current => request.Registry.Codec.Decode(
                patch(current) as JsonObject ?? throw ApiErrors.PatchFailed(),
                options),
            options).WaitAsync(request.Http.RequestAborted);
        await WriteAsync(request, 200, updated, options.Warnings);
    }

    private async Task ApplyAsync(ResourceRequest request, byte[] body)
    {
        WriteOptions options = OptionsOf(request, "PatchOptions", []);
        var patch = ApplyPatch.Parse(body, request, FieldManagerQuery.IsForced(request.Http.Request), options);
        (StoredObject applied, bool isCreated) = await request.Registry.ApplyAsync(
            request.Namespace, request.Info.Name, request.IsStatus, patch, options, () => CheckCreationAsync(request)).WaitAsync(request.Http.RequestAborted);
        await WriteAsync(request, isCreated ? 201 : 200, applied, options.Warnings);
    }

    // Who may patch or replace may not therefore create.
    private async Task CheckCreationAsync(ResourceRequest request)
    {
        RequestInfo creation = request.Info with { Verb = "create" };
        AuthorizationDecision decision = await authorizer.AuthorizeAsync(request.User, creation, request.Http.RequestAborted);
        if (!decision.IsAllowed)
        {
            throw ApiErrors.Forbidden(request.User, creation, decision.Reason);
        }
    }

    private static Func<StoredObject, JsonNode?> ReadPatch(ResourceRequest request, byte[] body, List<string> problems)
    {
        string type = RequestBody.MediaTypeOf(request.Http.Request);
        if (type is not (JsonPatchType or MergePatchType) && !(type == StrategicPatchType && request.Resource.IsBuiltIn))
        {
            throw request.Resource.IsBuiltIn
                ? ApiErrors.UnsupportedMediaType(JsonPatchType, MergePatchType, StrategicPatchType, ApplyPatch.MediaType)
                : ApiErrors.UnsupportedMediaType(JsonPatchType, MergePatchType, ApplyPatch.MediaType);
        }

        JsonNode? document;
        var duplicates = new List<string>();
        try
        {
            document = JsonTree.Parse(body, duplicates);
        }
        catch (JsonException exception)
        {
            throw ApiErrors.BadRequest($"error decoding patch: {exception.Message}");
        }

        if (type == JsonPatchType)
        {
            var patch = JsonPatch.Parse(document);
            problems.AddRange(patch.UnknownMembers.Select(m => $"json patch unknown field {FieldError.Quote(m)}"));
            problems.AddRange(duplicates.Select(d => $"json patch duplicate field {FieldError.Quote(d)}"));
            return current =>
            {
                try
                {
                    return patch.Apply(JsonTree.Parse(request.Registry.Codec.Served(current)));
                }
                catch (JsonPatchException)
                {
                    throw ApiErrors.PatchFailed();
                }
            };
        }

        problems.AddRange(duplicates.Select(d => $"duplicate field {FieldError.Quote(d)}"));
        var merge = document as JsonObject ?? throw ApiErrors.BadRequest("error decoding patch: a merge patch is an object");
        return current =>
        {
            JsonObject target = JsonTree.ParseObject(request.Registry.Codec.Served(current));
            if (type == StrategicPatchType)
            {
                return ApplyStrategic(request, target, merge);
            }

            MergePatch.Apply(target, merge);
            return target;
        };
    }

    private static JsonObject ApplyStrategic(ResourceRequest request, JsonObject target, JsonObject patch)
    {
        try
        {
            return StrategicMergePatch.Apply(target, patch, request.Resource.Schema);
        }
        catch (JsonPatchException)
        {
            throw ApiErrors.PatchFailed();
        }
    }

    /// <summary>The object in the body, as JSON.</summary>
    /// <exception cref="ApiException">400, 413 or 415.</exception>
    public static async Task<byte[]> ReadObjectAsync(HttpContext http, ResourceDefinition resource, List<string> duplicates)
    {
        bool takesProtobuf = ProtobufBody.Supports(resource);
        switch (RequestBody.MediaTypeOf(http.Request))
        {
            case JsonType:
                return await RequestBody.ReadAsync(http);
            case YamlBody.MediaType:
                return YamlBody.ToJson(await RequestBody.ReadAsync(http), duplicates);
            case ProtobufBody.MediaType when takesProtobuf:
                return ProtobufBody.ToJson(await RequestBody.ReadAsync(http), resource);
            default:
                throw takesProtobuf
                    ? ApiErrors.UnsupportedMediaType(JsonType, YamlBody.MediaType, ProtobufBody.MediaType)
                    : ApiErrors.UnsupportedMediaType(JsonType, YamlBody.MediaType);
        }
    }

    private WriteOptions OptionsOf(ResourceRequest request, string kind, IReadOnlyList<string> yamlDuplicates, IReadOnlyList<string>? patchProblems = null)
    {
        IQueryCollection query = request.Http.Request.Query;
        return new WriteOptions
        {
            IsDryRun = IsDryRun(query["dryRun"], kind),
            IsFinalization = request.Info.Subresource == "finalize",
            IsApproval = request.IsApproval,
            FieldManager = FieldManagerQuery.Read(request.Http.Request, kind),
            YamlDuplicates = yamlDuplicates,
            PatchProblems = patchProblems ?? [],
            FieldValidation = FieldValidationOf(query, kind),
            Admit = (value, old) => admission.Admit(request, value, old),
        };
    }

    /// <summary>What <c>fieldValidation</c> says.</summary>
    /// <param name="query">Where it stands.</param>
    /// <param name="kind">The options it belongs to.</param>
    /// <exception cref="ApiException">422.</exception>
    public static FieldValidation FieldValidationOf(IQueryCollection query, string kind) => (string?)query["fieldValidation"] switch
    {
        null or "" or "Warn" => FieldValidation.Warn,
        "Ignore" => FieldValidation.Ignore,
        "Strict" => FieldValidation.Strict,
        var other => throw InvalidOption(kind, "fieldValidation", $"\"{other}\"", "Ignore", "Warn", "Strict"),
    };

    /// <summary>Whether <c>dryRun</c> says so.</summary>
    /// <param name="values">What it says.</param>
    /// <param name="kind">The options it stands in.</param>
    /// <exception cref="ApiException">422.</exception>
    private static bool IsDryRun(IEnumerable<string?> values, string kind)
    {
        string[] given = [.. values.Where(v => !string.IsNullOrEmpty(v)).Select(v => v!)];
        return given.All(v => v == "All")
            ? given.Length > 0
            : throw InvalidOption(kind, "dryRun", $"[]string{{{string.Join(", ", given.Select(v => $"\"{v}\""))}}}", "All");
    }

    /// <summary>An option that has none of its values.</summary>
    private static ApiException InvalidOption(string kind, string field, string value, params ReadOnlySpan<string> supported) =>
        ApiErrors.Invalid("meta.k8s.io", kind, "",
        [
            new StatusCause
            {
                Reason = "FieldValueNotSupported",
                Field = field,
                Message = $"Unsupported value: {value}: supported values: {string.Join(", ", supported.ToArray().Select(s => $"\"{s}\""))}",
            },
        ]);

    /// <summary>Answers with an object, in the form the client wants.</summary>
    public Task WriteAsync(ResourceRequest request, int code, StoredObject item, List<string> warnings)
    {
        var negotiation = Negotiation.Of(request.Http.Request, isList: false);
        Responses.AddWarnings(request.Http, warnings);
        switch (negotiation.Format)
        {
            case ObjectFormat.Full:
                return Responses.JsonAsync(request.Http, code, request.Registry.Codec.Served(item));
            case ObjectFormat.Table:
                var table = new TableWriter(request.Registry.Codec, request.Resource, negotiation, time);
                return Responses.JsonAsync(request.Http, code, writer => table.Write(writer, [item], new ListMetadata(item.ResourceVersion)));
            default:
                return Responses.JsonAsync(request.Http, code, writer => PartialMetadata.Write(writer, item, negotiation.MetaVersion));
        }
    }
}
