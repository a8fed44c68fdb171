using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Meta;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Protobuf;
using Lodestone.ApiServer.Registry;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Reads what a deletion asks for, from the body and, where that is silent, from the query.</summary>
internal static class DeleteOptionsReader
{
    private const string JsonType = "application/json";
    private static readonly string[] Policies = ["Foreground", "Background", "Orphan"];

    /// <summary>Reads and checks.</summary>
    /// <exception cref="ApiException">400, 415 or 422.</exception>
    public static async Task<DeleteOptions> ReadAsync(HttpContext http)
    {
        JsonObject body = await ReadBodyAsync(http);
        IQueryCollection query = http.Request.Query;
        string? policy = Optional(body.Text("propagationPolicy")) ?? Optional(query["propagationPolicy"]);
        bool? isOrphan = OrphanOf(body["orphanDependents"]) ?? OrphanOf(Optional(query["orphanDependents"]));
        CheckGracePeriod(body["gracePeriodSeconds"]?.ToString() ?? Optional(query["gracePeriodSeconds"]));
        var causes = new List<StatusCause>();
        if (policy is not null && isOrphan is not null)
        {
            causes.Add(new StatusCause
            {
                Reason = "FieldValueInvalid",
                Field = "propagationPolicy",
                Message = $"Invalid value: \"{policy}\": orphanDependents and deletionPropagation cannot be both set",
            });
        }

        if (policy is not null && !Policies.Contains(policy))
        {
            causes.Add(new StatusCause
            {
                Reason = "FieldValueNotSupported",
                Field = "propagationPolicy",
                Message = $"Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
            });
        }

        string[] dryRun = [.. (body["dryRun"] is JsonArray { Count: > 0 } list ? list.Select(v => v?.ToString()) : query["dryRun"]).OfType<string>().Where(v => v.Length > 0)];
        if (dryRun.Any(v => v != "All"))
        {
            causes.Add(new StatusCause
            {
                Reason = "FieldValueNotSupported",
                Field = "dryRun",
                Message = $"Unsupported value: []string{{{string.Join(", ", dryRun.Select(v => $"\"{v}\""))}}}: supported values: \"All\"",
            });
        }

        if (causes.Count > 0)
        {
            throw ApiErrors.Invalid("meta.k8s.io", "DeleteOptions", "", causes);
        }

        JsonObject? preconditions = body.Object("preconditions");
        return new DeleteOptions
        {
            Uid = Optional(preconditions?.Text("uid")),
            ResourceVersion = Optional(preconditions?.Text("resourceVersion")),
            PropagationPolicy = isOrphan is { } keeps ? (keeps ? "Orphan" : "Background") : policy,
            IsDryRun = dryRun.Length > 0,
        };
    }

    private static async Task<JsonObject> ReadBodyAsync(HttpContext http)
    {
        byte[] body = await RequestBody.ReadAsync(http);
        if (body.Length == 0)
        {
            return [];
        }

        byte[] json = RequestBody.MediaTypeOf(http.Request) switch
        {
            JsonType => body,
            YamlBody.MediaType => YamlBody.ToJson(body, []),
            ProtobufBody.MediaType => ProtobufBody.DeleteOptionsToJson(body),
            _ => throw ApiErrors.UnsupportedMediaType(JsonType, YamlBody.MediaType, ProtobufBody.MediaType),
        };
        try
        {
            JsonObject options = JsonTree.Parse(json) as JsonObject ?? throw ApiErrors.BadRequest("the body of a deletion is no object: send DeleteOptions or nothing");
            string? kind = options.Text("kind");
            return kind is null or "" or "DeleteOptions" ? options : throw ApiErrors.BadRequest($"the body of a deletion is a {kind}: send DeleteOptions or nothing");
        }
        catch (JsonException exception)
        {
            throw ApiErrors.BadRequest($"DeleteOptions: {exception.Message}");
        }
    }

    /// <summary>There is nothing here that ends slowly, so the period is read and has no effect.</summary>
    private static void CheckGracePeriod(string? text)
    {
        if (text is not null && !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            throw ApiErrors.BadRequest($"gracePeriodSeconds: Invalid value: \"{text}\": must be a whole number of seconds");
        }
    }

    private static bool? OrphanOf(JsonNode? value) => value is null ? null
        : value is JsonValue flag && flag.TryGetValue(out bool orphan) ? orphan
        : throw ApiErrors.BadRequest($"orphanDependents: Invalid value: {value.ToJsonString()}: must be true or false");

    private static bool? OrphanOf(string? text) => text switch
    {
        null => null,
        "true" or "1" or "t" or "T" or "True" or "TRUE" => true,
        _ => false,
    };

    private static string? Optional(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
