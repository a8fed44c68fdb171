namespace Lodestone.Api.Authorization;

/// <summary>The question of a <see cref="SubjectAccessReview"/>.</summary>
public sealed class SubjectAccessReviewSpec
{
    /// <summary>A request about a resource.</summary>
    public ResourceAttributes? ResourceAttributes { get; set; }
    /// <summary>Or one about a path.</summary>
    public NonResourceAttributes? NonResourceAttributes { get; set; }
    /// <summary>Who.</summary>
    public string? User { get; set; }
    /// <summary>The groups of who.</summary>
    public List<string>? Groups { get; set; }
    /// <summary>What else the credentials of who say.</summary>
    public Dictionary<string, List<string>>? Extra { get; set; }
    /// <summary>The UID of who.</summary>
    public string? Uid { get; set; }
}
