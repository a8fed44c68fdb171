using System.Text.Json;
using Lodestone.Api.Resources;

namespace Lodestone.Api.CustomResources;

/// <summary>
/// Writes a kind as an <c>apiextensions.k8s.io/v1</c> CustomResourceDefinition, for clusters whose own API server is to keep our objects.
/// Such a server checks types, enums, ranges and required members, and by rules in CEL most of what <see cref="ResourceStrategy"/> knows
/// beyond that, if it is new enough for them.
/// </summary>
public static class CustomResourceWriter
{
    /// <summary>The kinds that a cluster doesn't have by itself.</summary>
    public static IEnumerable<ResourceDefinition> Kinds => ResourceDefinitions.All.Where(d => !d.IsBuiltIn);

    /// <summary>Writes the CustomResourceDefinition of a kind.</summary>
    public static void Write(Utf8JsonWriter writer, ResourceDefinition definition, CustomResourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(definition);
        writer.WriteStartObject();
        writer.WriteString("apiVersion", "apiextensions.k8s.io/v1");
        writer.WriteString("kind", "CustomResourceDefinition");
        writer.WriteStartObject("metadata");
        writer.WriteString("name", definition.QualifiedName);
        writer.WriteEndObject();
        writer.WriteStartObject("spec");
        writer.WriteString("group", definition.Group);
        WriteNames(writer, definition);
        writer.WriteString("scope", definition.IsNamespaced ? "Namespaced" : "Cluster");
        writer.WriteStartArray("versions");
        WriteVersion(writer, definition, options ?? new CustomResourceOptions());
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter writer, ResourceDefinition definition)
    {
        writer.WriteStartObject("names");
        writer.WriteString("kind", definition.Kind);
        writer.WriteString("listKind", definition.Kind + "List");
        writer.WriteString("plural", definition.Plural);
        writer.WriteString("singular", definition.Singular);
        StructuralSchema.WriteStrings(writer, "shortNames", definition.ShortNames);
        StructuralSchema.WriteStrings(writer, "categories", definition.Categories);
        writer.WriteEndObject();
    }

    private static void WriteVersion(Utf8JsonWriter writer, ResourceDefinition definition, CustomResourceOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("name", definition.Version);
        writer.WriteBoolean("served", true);
        writer.WriteBoolean("storage", true);
        if (definition.HasStatus)
        {
            writer.WriteStartObject("subresources");
            writer.WriteStartObject("status");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        WriteColumns(writer, definition);
        if (options.WithSelectableFields && definition.SelectableFields.Count > 0)
        {
            writer.WriteStartArray("selectableFields");
            foreach (SelectableField field in definition.SelectableFields)
            {
                writer.WriteStartObject();
                writer.WriteString("jsonPath", "." + field.Path);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteStartObject("schema");
        writer.WritePropertyName("openAPIV3Schema");
        StructuralSchema.WriteKind(writer, definition.Schema, options);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>The columns that a path can express; the name is always the first, unasked.</summary>
    private static void WriteColumns(Utf8JsonWriter writer, ResourceDefinition definition)
    {
        writer.WriteStartArray("additionalPrinterColumns");
        foreach (PrinterColumn column in definition.Columns)
        {
            if (column.JsonPath is not { } path)
            {
                continue;
            }

            writer.WriteStartObject();
            writer.WriteString("name", column.Name);
            // A server prints a date as how long ago it is.
            writer.WriteString("type", column.IsAge ? "date" : column.Type);
            writer.WriteString("jsonPath", path);
            writer.WriteString("description", column.Description);
            if (column.Priority > 0)
            {
                writer.WriteNumber("priority", column.Priority);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
