using System.Globalization;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>One step from a value to a child of it.</summary>
/// <param name="Kind">How the child is selected.</param>
/// <param name="Content">By what: a name, the key members sorted by name, a value, or a number.</param>
internal readonly record struct PathElement(PathElementKind Kind, Value Content) : IComparable<PathElement>
{
    /// <summary>The name of a <see cref="PathElementKind.Field"/>; null of others.</summary>
    public string? Name => Kind == PathElementKind.Field ? Content.Text : null;

    /// <summary>A member of a map.</summary>
    public static PathElement Field(string name) => new(PathElementKind.Field, Value.Of(name));

    /// <summary>An item of a list that is known by some of its members.</summary>
    public static PathElement Key(params KeyValuePair<string, Value>[] members)
    {
        members.AsSpan().Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return new PathElement(PathElementKind.Key, Value.Of(new ValueMap(members)));
    }

    /// <summary>An item of a set.</summary>
    public static PathElement Item(Value value) => new(PathElementKind.Item, value);

    /// <summary>An item of a list.</summary>
    public static PathElement Index(int index) => new(PathElementKind.Index, Value.Of(index));

    /// <inheritdoc/>
    public int CompareTo(PathElement other)
    {
        int order = Kind.CompareTo(other.Kind);
        return order != 0 ? order : Kind == PathElementKind.Field ? string.CompareOrdinal(Content.Text, other.Content.Text) : Content.CompareTo(other.Content);
    }

    /// <summary>As messages show it: <c>.name</c>, <c>[port=80,protocol="TCP"]</c>, <c>[="a"]</c> or <c>[3]</c>.</summary>
    public override string ToString() => Kind switch
    {
        PathElementKind.Field => "." + Content.Text,
        PathElementKind.Key => $"[{string.Join(',', Content.Map!.Members.ToArray().Select(m => $"{m.Key}={m.Value}"))}]",
        PathElementKind.Item => $"[={Content}]",
        _ => string.Create(CultureInfo.InvariantCulture, $"[{Content.Integer}]"),
    };
}
