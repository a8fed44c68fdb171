namespace Lodestone.Api.Meta;

/// <summary>Names an object of the same namespace.</summary>
public sealed class LocalObjectReference
{
    /// <summary>The object's name.</summary>
    public string Name { get; set; } = "";
}
