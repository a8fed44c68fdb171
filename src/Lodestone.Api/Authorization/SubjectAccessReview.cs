using Lodestone.Api.Meta;

namespace Lodestone.Api.Authorization;

/// <summary>Asks whether somebody may do something (authorization/v1).</summary>
public sealed class SubjectAccessReview : KubernetesObject
{
    /// <summary>The question.</summary>
    public SubjectAccessReviewSpec Spec { get; set; } = new();
    /// <summary>The answer.</summary>
    public SubjectAccessReviewStatus? Status { get; set; }
}
