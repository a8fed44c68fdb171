namespace Lodestone.Api.Authorization;

/// <summary>The answer of a <see cref="SelfSubjectRulesReview"/>.</summary>
public sealed class SubjectRulesReviewStatus
{
    /// <summary>What may be done to resources.</summary>
    public List<ResourceRule> ResourceRules { get; set; } = [];
    /// <summary>What may be done to paths.</summary>
    public List<NonResourceRule> NonResourceRules { get; set; } = [];
    /// <summary>Whether there may be more.</summary>
    public bool Incomplete { get; set; }
    /// <summary>What went wrong on the way.</summary>
    public string? EvaluationError { get; set; }
}
