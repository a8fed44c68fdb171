namespace Lodestone.Api.Authorization;

/// <summary>A request about a path that is no resource (authorization/v1).</summary>
public sealed class NonResourceAttributes
{
    /// <summary>The path.</summary>
    public string? Path { get; set; }
    /// <summary>Method in lower case.</summary>
    public string? Verb { get; set; }
}
