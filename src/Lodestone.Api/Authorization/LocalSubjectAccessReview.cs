using Lodestone.Api.Meta;

namespace Lodestone.Api.Authorization;

/// <summary>Asks whether somebody may do something in a namespace (authorization/v1).</summary>
public sealed class LocalSubjectAccessReview : KubernetesObject
{
    /// <summary>The question.</summary>
    public SubjectAccessReviewSpec Spec { get; set; } = new();
    /// <summary>The answer.</summary>
    public SubjectAccessReviewStatus? Status { get; set; }
}
