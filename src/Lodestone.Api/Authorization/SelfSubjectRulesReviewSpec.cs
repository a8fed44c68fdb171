namespace Lodestone.Api.Authorization;

/// <summary>The question of a <see cref="SelfSubjectRulesReview"/>.</summary>
public sealed class SelfSubjectRulesReviewSpec
{
    /// <summary>The namespace.</summary>
    public string? Namespace { get; set; }
}
