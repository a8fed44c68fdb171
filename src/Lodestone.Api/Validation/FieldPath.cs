using System.Globalization;
using System.Text;

namespace Lodestone.Api.Validation;

/// <summary>The path of a field, such as <c>spec.ports[0].port</c>. Rendered only when an error needs it.</summary>
public sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string? _name;
    private readonly string? _key;
    private readonly int _index;

    private FieldPath(FieldPath? parent, string? name, string? key, int index)
    {
        _parent = parent;
        _name = name;
        _key = key;
        _index = index;
    }

    /// <summary>The <c>metadata</c> of an object.</summary>
    public static FieldPath Metadata { get; } = Root("metadata");

    /// <summary>The <c>spec</c> of an object.</summary>
    public static FieldPath Spec { get; } = Root("spec");

    /// <summary>The <c>status</c> of an object.</summary>
    public static FieldPath Status { get; } = Root("status");

    /// <summary>A member of the object itself.</summary>
    public static FieldPath Root(string name) => new(null, name, null, 0);

    /// <summary>A member of what this path leads to.</summary>
    public FieldPath Child(string name) => new(this, name, null, 0);

    /// <summary>An item of the list this path leads to.</summary>
    public FieldPath Index(int index) => new(this, null, null, index);

    /// <summary>A value of the map this path leads to.</summary>
    public FieldPath Key(string key) => new(this, null, key, 0);

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        _parent?.Append(text);
        if (_name is not null)
        {
            text.Append(text.Length == 0 ? "" : ".").Append(_name);
        }
        else
        {
            text.Append('[').Append(_key ?? _index.ToString(CultureInfo.InvariantCulture)).Append(']');
        }
    }
}
