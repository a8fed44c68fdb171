namespace Lodestone.ApiServer.Json;

/// <summary>What a <see cref="Value"/> is. The order is the one in which unlike values are sorted (structured-merge-diff, value.Compare).</summary>
internal enum ValueKind
{
    /// <summary>No value at all; unlike <see cref="Null"/> it is never written.</summary>
    Absent,

    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>Any other number.</summary>
    Float,

    /// <summary>A string.</summary>
    Text,

    /// <summary>A truth value.</summary>
    Boolean,

    /// <summary>A list.</summary>
    List,

    /// <summary>An object or a map.</summary>
    Map,

    /// <summary>JSON's null.</summary>
    Null,
}
