using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Registry;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>The body of a server-side apply: a part of an object, in YAML or JSON, that may be merged.</summary>
/// <param name="Config">What is applied.</param>
/// <param name="IsForced">Take what others own.</param>
internal sealed record ApplyPatch(Value Config, bool IsForced)
{
    /// <summary>Its media type, whatever it is written in.</summary>
    public const string MediaType = "application/apply-patch+yaml";

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="request">What it is for.</param>
    /// <param name="isForced">Take what others own.</param>
    /// <param name="options">Says what duplicate keys are; gets warnings about them.</param>
    /// <exception cref="ApiException">400: it is no part of an object of the kind.</exception>
    public static ApplyPatch Parse(byte[] body, ResourceRequest request, bool isForced, WriteOptions options)
    {
        var duplicates = new List<string>();
        Value config = Read(body, duplicates);
        CheckType(config, request.Resource);
        if (config.Map!["metadata"].Map?["managedFields"] is { IsAbsent: false, IsNull: false })
        {
            throw ApiErrors.BadRequest("metadata.managedFields must be nil");
        }

        // Kubernetes answers 500 with the same text; but it is the request that is wrong.
        IReadOnlyList<string> problems = FieldValidator.Validate(config, request.Resource.Schema);
        if (problems.Count > 0)
        {
            throw ApiErrors.BadRequest($"failed to create typed patch object ({Describe(request)}): {(problems.Count == 1 ? problems[0] : $"errors:\n  {string.Join("\n  ", problems)}")}");
        }

        if (duplicates.Count > 0 && options.FieldValidation == FieldValidation.Strict)
        {
            throw ApiErrors.BadRequest($"error strict decoding YAML: error converting YAML to JSON: {YamlJson.Describe(duplicates)}");
        }

        if (options.FieldValidation == FieldValidation.Warn)
        {
            options.Warnings.AddRange(duplicates);
        }

        return new ApplyPatch(config, isForced);
    }

    // Clients mostly send JSON, which is read without the detour over YAML; only YAML's reader tells the line of a key that stands twice.
    private static Value Read(byte[] body, List<string> duplicates)
    {
        if (body.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("{"u8))
        {
            try
            {
                Value value = ValueReader.Read(body, out bool hasRepetition);
                if (!hasRepetition)
                {
                    return value;
                }
            }
            catch (JsonException)
            {
                // It may be a flow mapping of YAML.
            }
        }

        try
        {
            JsonNode? node = YamlJson.Read(body, duplicates);
            return node is JsonObject
                ? ValueReader.Read(Responses.Write(writer => node.WriteTo(writer)))
                : throw ApiErrors.BadRequest("error decoding YAML: an apply patch is an object");
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw ApiErrors.BadRequest($"error decoding YAML: error converting YAML to JSON: {exception.Message}");
        }
    }

    private static void CheckType(Value config, ResourceDefinition resource)
    {
        string apiVersion = config.Map!["apiVersion"].Text ?? "";
        string kind = config.Map["kind"].Text ?? "";
        if (kind != resource.Kind)
        {
            throw ApiErrors.BadRequest($"invalid object type: {Name(apiVersion)}, Kind={kind}");
        }

        if (apiVersion != resource.ApiVersion)
        {
            throw ApiErrors.BadRequest($"Incorrect version specified in apply patch. Specified patch version: {apiVersion}, expected: {resource.ApiVersion}");
        }
    }

    private static string Describe(ResourceRequest request) =>
        $"{request.Namespace}/{request.Info.Name}; {Name(request.Resource.ApiVersion)}, Kind={request.Resource.Kind}";

    // As Go prints a group and version: the core group is empty, the slash is not.
    private static string Name(string apiVersion) => apiVersion.Contains('/', StringComparison.Ordinal) ? apiVersion : "/" + apiVersion;
}
