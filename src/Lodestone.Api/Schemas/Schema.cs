using System.Diagnostics.CodeAnalysis;

namespace Lodestone.Api.Schemas;

/// <summary>What the JSON of a value may be. One model per kind, from which come OpenAPI, unknown-field detection, pruning and type errors.</summary>
/// <remarks>Immutable and shared. <c>required</c> and <c>enum</c> only inform clients: the strategy of the kind enforces them, with better texts.</remarks>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "JSON schema's own words.")]
public sealed class Schema
{
    private readonly IReadOnlyList<SchemaProperty> _properties = [];

    /// <summary>JSON type.</summary>
    public required SchemaType Type { get; init; }

    /// <summary>Name of the OpenAPI component; null: written inline wherever it is used.</summary>
    public string? Name { get; init; }

    /// <summary>What a value of this type is.</summary>
    public string Description { get; init; } = "";

    /// <summary>OpenAPI format: <c>int32</c>, <c>int64</c>, <c>date-time</c>, <c>byte</c> (base64), <c>ip</c>, ...</summary>
    public string? Format { get; init; }

    /// <summary>Members that must be given.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>Allowed values of a string; empty: any.</summary>
    public IReadOnlyList<string> Enum { get; init; } = [];

    /// <summary>The JSON a value has where it is not given; null: none. Server-side apply completes the keys of list items with it.</summary>
    public string? Default { get; init; }

    /// <summary>Members of an object, at most 64.</summary>
    public IReadOnlyList<SchemaProperty> Properties
    {
        get => _properties;
        init => _properties = value.Count <= 64 ? value : throw new ArgumentException("more than 64 properties", nameof(value));
    }

    /// <summary>Items of a list.</summary>
    public Schema? Items { get; init; }

    /// <summary>Values of a map.</summary>
    public Schema? AdditionalProperties { get; init; }

    /// <summary>How server-side apply merges a list: <c>atomic</c>, <c>set</c> or <c>map</c>.</summary>
    public string? ListType { get; init; }

    /// <summary>Members that identify an item of a <c>map</c> list.</summary>
    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary>How server-side apply merges an object: <c>atomic</c> or <c>granular</c>.</summary>
    public string? MapType { get; init; }

    /// <summary>Whether members without a property are kept.</summary>
    public bool PreserveUnknownFields { get; init; }

    /// <summary>A string.</summary>
    public static Schema String { get; } = new() { Type = SchemaType.String };

    /// <summary>An IPv4 or IPv6 address.</summary>
    public static Schema Address { get; } = new() { Type = SchemaType.String, Format = "ip" };

    /// <summary>A prefix in CIDR form.</summary>
    public static Schema Prefix { get; } = new() { Type = SchemaType.String, Format = "ip-prefix" };

    /// <summary>A whole number of 32 bits.</summary>
    public static Schema Int32 { get; } = new() { Type = SchemaType.Integer, Format = "int32" };

    /// <summary>A whole number of 64 bits.</summary>
    public static Schema Int64 { get; } = new() { Type = SchemaType.Integer, Format = "int64" };

    /// <summary>A truth value.</summary>
    public static Schema Boolean { get; } = new() { Type = SchemaType.Boolean };

    /// <summary>A time as in RFC 3339.</summary>
    public static Schema Time { get; } = new() { Type = SchemaType.String, Format = "date-time" };

    /// <summary>A list of strings, replaced as a whole.</summary>
    public static Schema Strings { get; } = ListOf(String);

    /// <summary>A list of addresses, replaced as a whole.</summary>
    public static Schema Addresses { get; } = ListOf(Address);

    /// <summary>A map from strings to strings.</summary>
    public static Schema StringMap { get; } = new() { Type = SchemaType.Object, AdditionalProperties = String };

    /// <summary>A map from strings to bytes, which stand in base64.</summary>
    public static Schema BytesMap { get; } = new()
    {
        Type = SchemaType.Object,
        AdditionalProperties = new() { Type = SchemaType.String, Format = "byte" },
    };

    /// <summary>One of a few strings.</summary>
    public static Schema OneOf(params string[] values) => new() { Type = SchemaType.String, Enum = values };

    /// <summary>A list that is replaced as a whole.</summary>
    public static Schema ListOf(Schema items) => new() { Type = SchemaType.Array, Items = items, ListType = "atomic" };

    /// <summary>A list without repetitions, merged by value.</summary>
    public static Schema SetOf(Schema items) => new() { Type = SchemaType.Array, Items = items, ListType = "set" };

    /// <summary>A list whose items are known, and merged, by some of their members.</summary>
    public static Schema MapListOf(Schema items, params string[] keys) =>
        new() { Type = SchemaType.Array, Items = items, ListType = "map", ListMapKeys = keys };

    /// <summary>The member of that name, or null.</summary>
    public SchemaProperty? Find(string name)
    {
        foreach (SchemaProperty property in Properties)
        {
            if (property.Name == name)
            {
                return property;
            }
        }

        return null;
    }
}
