namespace Lodestone.Api.Authorization;

/// <summary>What may be done to which resources (authorization/v1).</summary>
public sealed class ResourceRule
{
    /// <summary>Verbs.</summary>
    public List<string> Verbs { get; set; } = [];
    /// <summary>API groups.</summary>
    public List<string>? ApiGroups { get; set; }
    /// <summary>Resources and subresources.</summary>
    public List<string>? Resources { get; set; }
    /// <summary>Names; empty: all.</summary>
    public List<string>? ResourceNames { get; set; }
}
