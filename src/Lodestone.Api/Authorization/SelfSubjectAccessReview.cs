using Lodestone.Api.Meta;

namespace Lodestone.Api.Authorization;

/// <summary>Asks whether the client may do something (authorization/v1).</summary>
public sealed class SelfSubjectAccessReview : KubernetesObject
{
    /// <summary>The question.</summary>
    public SelfSubjectAccessReviewSpec Spec { get; set; } = new();
    /// <summary>The answer.</summary>
    public SubjectAccessReviewStatus? Status { get; set; }
}
