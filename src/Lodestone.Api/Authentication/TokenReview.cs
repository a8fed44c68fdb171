using Lodestone.Api.Meta;

namespace Lodestone.Api.Authentication;

/// <summary>Asks whose a token is (authentication/v1).</summary>
public sealed class TokenReview : KubernetesObject
{
    /// <summary>The question.</summary>
    public TokenReviewSpec Spec { get; set; } = new();
    /// <summary>The answer.</summary>
    public TokenReviewStatus? Status { get; set; }
}
