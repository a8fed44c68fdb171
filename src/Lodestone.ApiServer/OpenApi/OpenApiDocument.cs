using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>The OpenAPI v3 document of one group and version: paths with the marks that <c>kubectl</c> looks for, and the kinds' schemas.</summary>
internal static class OpenApiDocument
{
    private static readonly string[] WriteParameters = ["dryRun", "fieldManager", "fieldValidation"];
    private static readonly string[] PatchParameters = ["dryRun", "fieldManager", "fieldValidation", "force"];
    private static readonly string[] DeleteParameters = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];
    private static readonly string[] ListParameters =
    [
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch",
        "sendInitialEvents", "timeoutSeconds", "watch",
    ];

    /// <summary>The document of kinds that share group and version.</summary>
    public static byte[] Create(IReadOnlyList<ResourceDefinition> resources) => Responses.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("openapi", "3.0.0");
        writer.WriteStartObject("info");
        writer.WriteString("title", "Lodestone");
        writer.WriteString("version", resources[0].Version);
        writer.WriteEndObject();
        writer.WriteStartObject("paths");
        foreach (ResourceDefinition resource in resources)
        {
            WritePaths(writer, resource);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("components");
        writer.WritePropertyName("schemas");
        SchemaWriter.WriteComponents(writer, resources);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private static void WritePaths(Utf8JsonWriter writer, ResourceDefinition resource)
    {
        string root = resource.Group.Length == 0 ? $"/api/{resource.Version}" : $"/apis/{resource.Group}/{resource.Version}";
        string collection = resource.IsNamespaced ? $"{root}/namespaces/{{namespace}}/{resource.Plural}" : $"{root}/{resource.Plural}";

        writer.WriteStartObject(collection);
        WriteOperation(writer, resource, "get", "list", ListParameters, isList: true);
        WriteOperation(writer, resource, "post", "post", WriteParameters);
        WriteOperation(writer, resource, "delete", "deletecollection", [.. ListParameters, .. DeleteParameters]);
        WritePathParameters(writer, resource.IsNamespaced, hasName: false);
        writer.WriteEndObject();

        writer.WriteStartObject(collection + "/{name}");
        WriteOperation(writer, resource, "get", "get", []);
        WriteOperation(writer, resource, "put", "put", WriteParameters);
        WriteOperation(writer, resource, "patch", "patch", PatchParameters);
        WriteOperation(writer, resource, "delete", "delete", DeleteParameters);
        WritePathParameters(writer, resource.IsNamespaced, hasName: true);
        writer.WriteEndObject();

        if (resource.HasStatus)
        {
            writer.WriteStartObject(collection + "/{name}/status");
            WriteOperation(writer, resource, "get", "get", []);
            WriteOperation(writer, resource, "put", "put", WriteParameters);
            WriteOperation(writer, resource, "patch", "patch", PatchParameters);
            WritePathParameters(writer, resource.IsNamespaced, hasName: true);
            writer.WriteEndObject();
        }

        if (resource.IsNamespaced)
        {
            writer.WriteStartObject($"{root}/{resource.Plural}");
            WriteOperation(writer, resource, "get", "list", ListParameters, isList: true);
            writer.WriteEndObject();
        }
    }

    private static void WriteOperation(
        Utf8JsonWriter writer, ResourceDefinition resource, string method, string action, IReadOnlyList<string> parameters, bool isList = false)
    {
        writer.WriteStartObject(method);
        writer.WriteString("x-kubernetes-action", action);
        writer.WriteStartObject("x-kubernetes-group-version-kind");
        writer.WriteString("group", resource.Group);
        writer.WriteString("kind", resource.Kind);
        writer.WriteString("version", resource.Version);
        writer.WriteEndObject();
        writer.WriteStartArray("parameters");
        foreach (string name in parameters)
        {
            WriteParameter(writer, name, "query", TypeOf(name));
        }

        writer.WriteEndArray();
        if (method is "post" or "put" or "patch")
        {
            writer.WriteStartObject("requestBody");
            WriteContent(writer, method == "patch" ? null : resource.Schema, method == "patch" ? ["application/json-patch+json", "application/merge-patch+json"] : ["application/json"]);
            writer.WriteEndObject();
        }

        writer.WriteStartObject("responses");
        writer.WriteStartObject(method == "post" ? "201" : "200");
        writer.WriteString("description", method == "post" ? "Created" : "OK");
        WriteContent(writer, isList ? resource.ListSchema : resource.Schema, ["application/json"]);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter writer, Schema? schema, string[] mediaTypes)
    {
        writer.WriteStartObject("content");
        foreach (string mediaType in mediaTypes)
        {
            writer.WriteStartObject(mediaType);
            writer.WriteStartObject("schema");
            if (schema is null)
            {
                writer.WriteString("description", "A patch of the named form.");
            }
            else
            {
                writer.WriteString("$ref", SchemaWriter.V3Reference + schema.Name);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WritePathParameters(Utf8JsonWriter writer, bool isNamespaced, bool hasName)
    {
        if (!isNamespaced && !hasName)
        {
            return;
        }

        writer.WriteStartArray("parameters");
        if (hasName)
        {
            WriteParameter(writer, "name", "path", "string");
        }

        if (isNamespaced)
        {
            WriteParameter(writer, "namespace", "path", "string");
        }

        writer.WriteEndArray();
    }

    private static void WriteParameter(Utf8JsonWriter writer, string name, string place, string type)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("in", place);
        if (place == "path")
        {
            writer.WriteBoolean("required", true);
        }

        writer.WriteStartObject("schema");
        writer.WriteString("type", type);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string TypeOf(string parameter) => parameter switch
    {
        "allowWatchBookmarks" or "sendInitialEvents" or "watch" or "force" or "orphanDependents" => "boolean",
        "limit" or "timeoutSeconds" or "gracePeriodSeconds" => "integer",
        _ => "string",
    };
}
