using System.Text.Json;
using Lodestone.Api.Resources;

namespace Lodestone.Api.Schemas;

/// <summary>Writes schemas as OpenAPI components.</summary>
public static class SchemaWriter
{
    /// <summary>Where OpenAPI v3 keeps components; v2 says <c>#/definitions/</c>.</summary>
    public const string V3Reference = "#/components/schemas/";

    /// <summary>Where OpenAPI v2 keeps components.</summary>
    public const string V2Reference = "#/definitions/";

    /// <summary>Writes one object: component name to schema, sorted, with the kinds, their lists, <see cref="Meta.MetaSchemas.Status"/>, <see cref="Meta.MetaSchemas.DeleteOptions"/> and all they refer to.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="definitions">The kinds.</param>
    /// <param name="reference">Prefix of references; <see cref="V2Reference"/> leaves out what OpenAPI v2, or its readers, can't express.</param>
    /// <param name="alsoUsed">Schemas that are referred to from elsewhere.</param>
    public static void WriteComponents(
        Utf8JsonWriter writer, IEnumerable<ResourceDefinition> definitions, string reference = V3Reference, IEnumerable<Schema>? alsoUsed = null)
    {
        var components = new SortedDictionary<string, (Schema Schema, ResourceDefinition? Definition, bool IsList)>(StringComparer.Ordinal);
        foreach (ResourceDefinition definition in definitions)
        {
            components[definition.Schema.Name!] = (definition.Schema, definition, false);
            components[definition.ListSchema.Name!] = (definition.ListSchema, definition, true);
            Collect(definition.Schema, components);
            Collect(definition.ListSchema, components);
        }

        Collect(Meta.MetaSchemas.Status, components);
        Collect(Meta.MetaSchemas.DeleteOptions, components);
        foreach (Schema schema in alsoUsed ?? [])
        {
            Collect(schema, components);
        }

        writer.WriteStartObject();
        foreach ((string name, (Schema schema, ResourceDefinition? definition, bool isList)) in components)
        {
            writer.WritePropertyName(name);
            Write(writer, schema, reference, schema.Description, definition, isList);
        }

        writer.WriteEndObject();
    }

    internal static string TypeName(SchemaType type) => type switch
    {
        SchemaType.Object => "object",
        SchemaType.Array => "array",
        SchemaType.Integer => "integer",
        SchemaType.Boolean => "boolean",
        _ => "string",
    };

    private static void Collect(Schema schema, SortedDictionary<string, (Schema Schema, ResourceDefinition? Definition, bool IsList)> components)
    {
        if (schema.Name is { } name)
        {
            components.TryAdd(name, (schema, null, false));
        }

        foreach (SchemaProperty property in schema.Properties)
        {
            Collect(property.Schema, components);
        }

        if (schema.Items is { } items)
        {
            Collect(items, components);
        }

        if (schema.AdditionalProperties is { } values)
        {
            Collect(values, components);
        }
    }

    private static void WriteUse(Utf8JsonWriter writer, Schema schema, string reference, string description)
    {
        if (schema.Name is null)
        {
            Write(writer, schema, reference, description, null, false);
            return;
        }

        writer.WriteStartObject();
        if (description.Length == 0)
        {
            writer.WriteString("$ref", reference + schema.Name);
        }
        else if (reference == V2Reference)
        {
            writer.WriteString("description", description);
            writer.WriteString("$ref", reference + schema.Name);
        }
        else
        {
            // In OpenAPI 3.0 nothing may stand beside a $ref.
            writer.WriteString("description", description);
            writer.WriteStartArray("allOf");
            writer.WriteStartObject();
            writer.WriteString("$ref", reference + schema.Name);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Schema schema, string reference, string description, ResourceDefinition? definition, bool isList)
    {
        writer.WriteStartObject();
        if (description.Length > 0)
        {
            writer.WriteString("description", description);
        }

        // kubectl's check against v2 refuses the members of an object that has a type but no properties: anything has no type there.
        bool isAnything = schema.Type == SchemaType.Any || (reference == V2Reference && schema.PreserveUnknownFields);
        if (!isAnything)
        {
            WriteType(writer, schema, reference);
        }

        if (schema.Properties.Count > 0 && !isAnything)
        {
            writer.WriteStartObject("properties");
            foreach (SchemaProperty property in schema.Properties)
            {
                writer.WritePropertyName(property.Name);
                WriteUse(writer, property.Schema, reference, property.Description);
            }

            writer.WriteEndObject();
        }

        WriteStrings(writer, "required", schema.Required);
        if (schema.ListType is { } listType)
        {
            writer.WriteString("x-kubernetes-list-type", listType);
        }

        WriteStrings(writer, "x-kubernetes-list-map-keys", schema.ListMapKeys);
        WritePatchStrategy(writer, schema);
        if (schema.MapType is { } mapType)
        {
            writer.WriteString("x-kubernetes-map-type", mapType);
        }

        if (schema.PreserveUnknownFields || schema.Type == SchemaType.Any)
        {
            writer.WriteBoolean("x-kubernetes-preserve-unknown-fields", true);
        }

        if (definition is not null)
        {
            writer.WriteStartArray("x-kubernetes-group-version-kind");
            writer.WriteStartObject();
            writer.WriteString("group", definition.Group);
            writer.WriteString("kind", isList ? definition.Kind + "List" : definition.Kind);
            writer.WriteString("version", definition.Version);
            writer.WriteEndObject();
            writer.WriteEndArray();
            if (!isList)
            {
                WriteSelectableFields(writer, definition);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteSelectableFields(Utf8JsonWriter writer, ResourceDefinition definition)
    {
        if (definition.SelectableFields.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("x-kubernetes-selectable-fields");
        foreach (SelectableField field in definition.SelectableFields)
        {
            writer.WriteStartObject();
            writer.WriteString("fieldPath", field.Name);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>How a strategic merge patch merges the list; readers of it know nothing of list types.</summary>
    private static void WritePatchStrategy(Utf8JsonWriter writer, Schema schema)
    {
        bool isKeyed = schema is { ListType: "map", ListMapKeys.Count: 1 };
        if (isKeyed)
        {
            writer.WriteString("x-kubernetes-patch-merge-key", schema.ListMapKeys[0]);
        }

        if (isKeyed || schema.ListType == "set")
        {
            writer.WriteString("x-kubernetes-patch-strategy", "merge");
        }
    }

    private static void WriteType(Utf8JsonWriter writer, Schema schema, string reference)
    {
        if (schema.Type == SchemaType.IntOrString)
        {
            writer.WriteBoolean("x-kubernetes-int-or-string", true);
        }
        else
        {
            writer.WriteString("type", TypeName(schema.Type));
        }

        if (schema.Format is { } format)
        {
            writer.WriteString("format", format);
        }

        WriteStrings(writer, "enum", schema.Enum);
        if (schema.Default is { } value)
        {
            writer.WritePropertyName("default");
            writer.WriteRawValue(value);
        }

        if (schema.Items is { } items)
        {
            writer.WritePropertyName("items");
            WriteUse(writer, items, reference, "");
        }

        if (schema.AdditionalProperties is { } values)
        {
            writer.WritePropertyName("additionalProperties");
            WriteUse(writer, values, reference, "");
        }
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }
}
