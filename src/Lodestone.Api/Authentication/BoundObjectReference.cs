namespace Lodestone.Api.Authentication;

/// <summary>The object a token is bound to (authentication/v1).</summary>
public sealed class BoundObjectReference
{
    /// <summary>Its kind.</summary>
    public string? Kind { get; set; }
    /// <summary>Its group and version.</summary>
    public string? ApiVersion { get; set; }
    /// <summary>Its name.</summary>
    public string? Name { get; set; }
    /// <summary>Its UID; the present one where none is given.</summary>
    public string? Uid { get; set; }
}
