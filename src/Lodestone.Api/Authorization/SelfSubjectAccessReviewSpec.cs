namespace Lodestone.Api.Authorization;

/// <summary>The question of a <see cref="SelfSubjectAccessReview"/>.</summary>
public sealed class SelfSubjectAccessReviewSpec
{
    /// <summary>A request about a resource.</summary>
    public ResourceAttributes? ResourceAttributes { get; set; }
    /// <summary>Or one about a path.</summary>
    public NonResourceAttributes? NonResourceAttributes { get; set; }
}
