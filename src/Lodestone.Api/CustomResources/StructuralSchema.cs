using System.Text.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.CustomResources;

/// <summary>
/// Writes schemas as CustomResourceDefinitions have them: without references, every value with a type, a list's keys required, and
/// metadata left to the server.
/// </summary>
internal static class StructuralSchema
{
    /// <summary>The schema of a kind.</summary>
    public static void WriteKind(Utf8JsonWriter writer, Schema schema, CustomResourceOptions options) =>
        Write(writer, schema, schema.Description, null, options, isKind: true);

    /// <summary>Writes a list of strings, unless it is empty.</summary>
    public static void WriteStrings(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        string[] strings = [.. values];
        if (strings.Length == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (string value in strings)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, Schema schema, string description, string? place, CustomResourceOptions options, bool isKind)
    {
        Constraint constraint = Constraints.Of(schema, place);
        writer.WriteStartObject();
        if (description.Length > 0)
        {
            writer.WriteString("description", description);
        }

        WriteType(writer, schema, place, options);
        ConstraintWriter.WriteBounds(writer, constraint);
        if (schema.Properties.Count > 0)
        {
            writer.WriteStartObject("properties");
            foreach (SchemaProperty property in schema.Properties)
            {
                WriteProperty(writer, property, Constraints.NameOf(schema) ?? place, options, isKind);
            }

            writer.WriteEndObject();
        }

        // What the server of ours derives, or does without, is not asked for by one that knows no exception.
        WriteStrings(writer, "required", [.. schema.Required.Where(r => schema.Find(r) is not ({ IsDerived: true } or { IsLenient: true })), .. constraint.Required]);
        if (schema.ListType is { } listType)
        {
            writer.WriteString("x-kubernetes-list-type", listType);
        }

        WriteStrings(writer, "x-kubernetes-list-map-keys", schema.ListMapKeys);
        if (schema.MapType is { } mapType)
        {
            writer.WriteString("x-kubernetes-map-type", mapType);
        }

        ConstraintWriter.WriteRules(writer, constraint, options);
        writer.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter writer, Schema schema, string? place, CustomResourceOptions options)
    {
        switch (schema.Type)
        {
            case SchemaType.Any:
                writer.WriteBoolean("x-kubernetes-preserve-unknown-fields", true);
                return;
            case SchemaType.IntOrString:
                writer.WriteBoolean("x-kubernetes-int-or-string", true);
                return;
            default:
                writer.WriteString("type", SchemaWriter.TypeName(schema.Type));
                break;
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
            Write(writer, items, items.Description, place is null ? null : place + "[]", options, isKind: false);
        }

        if (schema.AdditionalProperties is { } values)
        {
            writer.WritePropertyName("additionalProperties");
            Write(writer, values, values.Description, place is null ? null : place + "[]", options, isKind: false);
        }

        if (schema.PreserveUnknownFields)
        {
            writer.WriteBoolean("x-kubernetes-preserve-unknown-fields", true);
        }
    }

    private static void WriteProperty(Utf8JsonWriter writer, SchemaProperty property, string? owner, CustomResourceOptions options, bool isKind)
    {
        writer.WritePropertyName(property.Name);
        if (property.Schema != MetaSchemas.ObjectMeta)
        {
            Write(writer, property.Schema, property.Description, $"{owner}.{property.Name}", options, isKind: false);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("type", "object");
        if (!isKind)
        {
            // Metadata of a template: all that may be given there.
            writer.WriteString("description", property.Description);
            writer.WriteStartObject("properties");
            foreach (string name in (ReadOnlySpan<string>)["labels", "annotations"])
            {
                WriteProperty(writer, property.Schema.Find(name)!, Constraints.NameOf(property.Schema), options, isKind: false);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
