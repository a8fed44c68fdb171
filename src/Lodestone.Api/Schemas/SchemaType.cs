using System.Diagnostics.CodeAnalysis;

namespace Lodestone.Api.Schemas;

/// <summary>JSON type of a value.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "JSON schema's own words.")]
public enum SchemaType
{
    /// <summary>An object with known members, or a map.</summary>
    Object,

    /// <summary>A list.</summary>
    Array,

    /// <summary>A string.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A truth value.</summary>
    Boolean,

    /// <summary>A whole number or a string (<c>x-kubernetes-int-or-string</c>).</summary>
    IntOrString,

    /// <summary>Anything; kept as it is.</summary>
    Any,
}
