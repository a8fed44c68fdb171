using Lodestone.Api.Meta;

namespace Lodestone.Api.Authorization;

/// <summary>Asks what the client may do in a namespace (authorization/v1).</summary>
public sealed class SelfSubjectRulesReview : KubernetesObject
{
    /// <summary>The question.</summary>
    public SelfSubjectRulesReviewSpec Spec { get; set; } = new();
    /// <summary>The answer.</summary>
    public SubjectRulesReviewStatus? Status { get; set; }
}
