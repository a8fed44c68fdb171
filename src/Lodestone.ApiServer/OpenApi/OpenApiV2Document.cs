using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>The OpenAPI 2.0 ("Swagger") document of all kinds, which <c>kubectl</c> up to 1.28 needs before it writes anything, as do Terraform and Argo CD.</summary>
internal static class OpenApiV2Document
{
    /// <summary>The document as JSON.</summary>
    /// <param name="resources">All kinds.</param>
    /// <param name="version">The version of this server that <c>info</c> tells.</param>
    public static byte[] Create(IReadOnlyList<ResourceDefinition> resources, string version) => Responses.Write(writer =>
    {
        List<ApiPath> served = new ApiPaths(resources).Of(resources);
        writer.WriteStartObject();
        writer.WriteString("swagger", "2.0");
        writer.WriteStartObject("info");
        writer.WriteString("title", "Lodestone");
        writer.WriteString("version", version);
        writer.WriteEndObject();
        writer.WriteStartObject("paths");
        foreach (ApiPath path in served)
        {
            WritePath(writer, path);
        }

        writer.WriteEndObject();
        writer.WritePropertyName("definitions");
        SchemaWriter.WriteComponents(
            writer,
            resources,
            SchemaWriter.V2Reference,
            served.SelectMany(p => p.Operations).SelectMany(o => o.Schemas));
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
        WriteStrings(writer, "tags", [operation.Tag]);
        writer.WriteString("operationId", operation.Id);
        WriteStrings(writer, "consumes", operation.Consumes.Count > 0 ? operation.Consumes : ["*/*"]);
        WriteStrings(writer, "produces", operation.Produces);
        if (operation.IsDeprecated)
        {
            writer.WriteBoolean("deprecated", true);
        }

        if (operation.Body is not null || operation.Parameters.Count > 0)
        {
            WriteParameters(writer, operation);
        }

        writer.WriteStartObject("responses");
        foreach ((string code, string meaning) in operation.Successes)
        {
            writer.WriteStartObject(code);
            writer.WriteString("description", meaning);
            if (operation.Answer is { } answer)
            {
                WriteReference(writer, answer);
            }

            writer.WriteEndObject();
        }

        writer.WriteStartObject("401");
        writer.WriteString("description", "Unauthorized");
        writer.WriteEndObject();
        writer.WriteEndObject();
        OpenApiMarks.Write(writer, operation);
        writer.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter writer, ApiOperation operation)
    {
        writer.WriteStartArray("parameters");
        if (operation.Body is { } body)
        {
            writer.WriteStartObject();
            writer.WriteString("name", "body");
            writer.WriteString("in", "body");
            if (!operation.IsBodyOptional)
            {
                writer.WriteBoolean("required", true);
            }

            WriteReference(writer, body);
            writer.WriteEndObject();
        }

        foreach (ApiParameter parameter in operation.Parameters)
        {
            WriteParameter(writer, parameter, "query");
        }

        writer.WriteEndArray();
    }

    private static void WriteReference(Utf8JsonWriter writer, Schema schema)
    {
        writer.WriteStartObject("schema");
        writer.WriteString("$ref", SchemaWriter.V2Reference + schema.Name);
        writer.WriteEndObject();
    }

    private static void WriteParameter(Utf8JsonWriter writer, ApiParameter parameter, string place)
    {
        writer.WriteStartObject();
        writer.WriteString("name", parameter.Name);
        writer.WriteString("in", place);
        writer.WriteString("description", parameter.Description);
        writer.WriteString("type", parameter.Type);
        if (place == "path")
        {
            writer.WriteBoolean("required", true);
        }

        writer.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
