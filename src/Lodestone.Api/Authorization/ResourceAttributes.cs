namespace Lodestone.Api.Authorization;

/// <summary>A request about a resource (authorization/v1).</summary>
public sealed class ResourceAttributes
{
    /// <summary>Namespace; empty: all, or none.</summary>
    public string? Namespace { get; set; }
    /// <summary>Verb, or *.</summary>
    public string? Verb { get; set; }
    /// <summary>API group, or *.</summary>
    public string? Group { get; set; }
    /// <summary>API version, or *.</summary>
    public string? Version { get; set; }
    /// <summary>Resource, or *.</summary>
    public string? Resource { get; set; }
    /// <summary>Subresource.</summary>
    public string? Subresource { get; set; }
    /// <summary>Name of the object; empty: all.</summary>
    public string? Name { get; set; }
    /// <summary>Which fields select objects.</summary>
    public SelectorAttributes? FieldSelector { get; set; }
    /// <summary>Which labels select objects.</summary>
    public SelectorAttributes? LabelSelector { get; set; }
}
