namespace Lodestone.Api.Authentication;

/// <summary>The answer of a <see cref="SelfSubjectReview"/>.</summary>
public sealed class SelfSubjectReviewStatus
{
    /// <summary>Who the client is.</summary>
    public UserInfo? UserInfo { get; set; }
}
