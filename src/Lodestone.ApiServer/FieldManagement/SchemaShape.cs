using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Reads a schema the way server-side apply does (facts 2.2): lists are atomic unless they say otherwise, maps are granular; what has no type is deduced from the value.</summary>
internal static class SchemaShape
{
    /// <summary>Anything: maps are granular, lists are atomic, all the way down.</summary>
    public static Schema Untyped { get; } = new() { Type = SchemaType.Any };

    /// <summary>The shape of a value; for an untyped null, or where the value contradicts its schema, that of the schema.</summary>
    public static FieldShape Of(Schema schema, Value value) => schema.Type switch
    {
        SchemaType.Object => schema.MapType == "atomic" ? FieldShape.AtomicMap : FieldShape.GranularMap,
        SchemaType.Array => schema.ListType is "set" or "map" ? FieldShape.AssociativeList : FieldShape.AtomicList,
        SchemaType.Any => value.Kind switch
        {
            ValueKind.List => FieldShape.AtomicList,
            ValueKind.Map or ValueKind.Null or ValueKind.Absent => FieldShape.GranularMap,
            _ => FieldShape.Scalar,
        },
        _ => FieldShape.Scalar,
    };

    /// <summary>The schema of a member of a map, or null if the schema does not know it.</summary>
    public static Schema? Member(Schema schema, string name) =>
        schema.Find(name)?.Schema ?? schema.AdditionalProperties ?? (schema.PreserveUnknownFields || schema.Type == SchemaType.Any ? Untyped : null);

    /// <summary>The schema of a child; untyped where the schema does not know it.</summary>
    public static Schema Child(Schema schema, PathElement element) =>
        (element.Name is { } name ? Member(schema, name) : schema.Items) ?? Untyped;
}
