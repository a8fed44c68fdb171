using Lodestone.Api.Meta;

namespace Lodestone.Api.Authentication;

/// <summary>Asks who the client is (authentication/v1).</summary>
public sealed class SelfSubjectReview : KubernetesObject
{
    /// <summary>The answer.</summary>
    public SelfSubjectReviewStatus? Status { get; set; }
}
