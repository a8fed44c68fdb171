namespace Lodestone.Api.Meta;

/// <summary>One observed aspect of an object's state (meta/v1 Condition).</summary>
public sealed class Condition
{
    /// <summary>What is observed, in CamelCase; unique in its list.</summary>
    public string Type { get; set; } = "";
    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string Status { get; set; } = "";
    /// <summary>The generation of the object the observation was made of.</summary>
    public long? ObservedGeneration { get; set; }
    /// <summary>When <see cref="Status"/> last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; set; }
    /// <summary>Why, in one CamelCase word.</summary>
    public string Reason { get; set; } = "";
    /// <summary>Why, for a person.</summary>
    public string Message { get; set; } = "";
}
