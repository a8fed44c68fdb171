namespace Lodestone.Api.Platform;

/// <summary>The object that holds an allocated resource.</summary>
public sealed class ClaimRef
{
    /// <summary>Its API group.</summary>
    public string Group { get; set; } = "";
    /// <summary>Its plural resource name.</summary>
    public string Resource { get; set; } = "";
    /// <summary>Its namespace.</summary>
    public string? Namespace { get; set; }
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";
    /// <summary>Its UID.</summary>
    public string Uid { get; set; } = "";
}
