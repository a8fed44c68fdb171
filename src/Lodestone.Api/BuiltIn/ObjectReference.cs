namespace Lodestone.Api.BuiltIn;

/// <summary>Names any object (core/v1 ObjectReference).</summary>
public sealed class ObjectReference
{
    /// <summary>Its group and version.</summary>
    public string? ApiVersion { get; set; }
    /// <summary>Its kind.</summary>
    public string? Kind { get; set; }
    /// <summary>Its namespace.</summary>
    public string? Namespace { get; set; }
    /// <summary>Its name.</summary>
    public string? Name { get; set; }
    /// <summary>Its UID.</summary>
    public string? Uid { get; set; }
    /// <summary>Its version.</summary>
    public string? ResourceVersion { get; set; }
    /// <summary>A part of it.</summary>
    public string? FieldPath { get; set; }
}
