using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>The OpenAPI 3.0 document of one group and version: paths with the marks that <c>kubectl</c> looks for, and the kinds' schemas.</summary>
internal static class OpenApiV3Document
{
    /// <summary>The document of kinds that share group and version.</summary>
    /// <param name="resources">These.</param>
    /// <param name="paths">The paths of kinds.</param>
    public static byte[] Create(IReadOnlyList<ResourceDefinition> resources, ApiPaths paths) => Responses.Write(writer =>
    {
        List<ApiPath> served = paths.Of(resources);
        writer.WriteStartObject();
        writer.WriteString("openapi", "3.0.0");
        writer.WriteStartObject("info");
        writer.WriteString("title", "Lodestone");
        writer.WriteString("version", resources[0].Version);
        writer.WriteEndObject();
        writer.WriteStartObject("paths");
        foreach (ApiPath path in served)
        {
            WritePath(writer, path);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("components");
        writer.WritePropertyName("schemas");
        SchemaWriter.WriteComponents(writer, resources, alsoUsed: served.SelectMany(p => p.Operations).SelectMany(o => o.Schemas));
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private static void WritePath(Utf8JsonWriter writer, ApiPath path)
    {
        writer.WriteStartObject(path.Template);
        foreach (ApiOperation operation in path.Operations)
        {
            WriteOperation(writer, operation);
        }

        writer.WriteStartArray("parameters");
        foreach (ApiParameter parameter in path.Parameters)
        {
            WriteParameter(writer, parameter, "path");
        }

        WriteParameter(writer, ApiParameter.Pretty, "query");
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteOperation(Utf8JsonWriter writer, ApiOperation operation)
    {
        writer.WriteStartObject(operation.Method);
        writer.WriteStartArray("tags");
        writer.WriteStringValue(operation.Tag);
        writer.WriteEndArray();
        writer.WriteString("operationId", operation.Id);
        if (operation.IsDeprecated)
        {
            writer.WriteBoolean("deprecated", true);
        }

        writer.WriteStartArray("parameters");
        foreach (ApiParameter parameter in operation.Parameters)
        {
            WriteParameter(writer, parameter, "query");
        }

        writer.WriteEndArray();
        if (operation.Body is { } body)
        {
            writer.WriteStartObject("requestBody");
            WriteContent(writer, body, operation.Consumes);
            if (!operation.IsBodyOptional)
            {
                writer.WriteBoolean("required", true);
            }

            writer.WriteEndObject();
        }

        writer.WriteStartObject("responses");
        foreach ((string code, string meaning) in operation.Successes)
        {
            writer.WriteStartObject(code);
            writer.WriteString("description", meaning);
            WriteContent(writer, operation.Answer, operation.Produces);
            writer.WriteEndObject();
        }

        writer.WriteStartObject("401");
        writer.WriteString("description", "Unauthorized");
        writer.WriteEndObject();
        writer.WriteEndObject();
        OpenApiMarks.Write(writer, operation);
        writer.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter writer, Schema? schema, IReadOnlyList<string> mediaTypes)
    {
        writer.WriteStartObject("content");
        foreach (string mediaType in mediaTypes)
        {
            writer.WriteStartObject(mediaType);
            if (schema is not null)
            {
                writer.WriteStartObject("schema");
                writer.WriteString("$ref", SchemaWriter.V3Reference + schema.Name);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteParameter(Utf8JsonWriter writer, ApiParameter parameter, string place)
    {
        writer.WriteStartObject();
        writer.WriteString("name", parameter.Name);
        writer.WriteString("in", place);
        writer.WriteString("description", parameter.Description);
        if (place == "path")
        {
            writer.WriteBoolean("required", true);
        }

        writer.WriteStartObject("schema");
        writer.WriteString("type", parameter.Type);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
