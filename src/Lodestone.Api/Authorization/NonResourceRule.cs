namespace Lodestone.Api.Authorization;

/// <summary>What may be done to which paths (authorization/v1).</summary>
public sealed class NonResourceRule
{
    /// <summary>Verbs.</summary>
    public List<string> Verbs { get; set; } = [];
    /// <summary>Paths.</summary>
    public List<string>? NonResourceURLs { get; set; }
}
