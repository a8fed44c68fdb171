namespace Lodestone.Api.Authorization;

/// <summary>The answer of a <see cref="SubjectAccessReview"/>.</summary>
public sealed class SubjectAccessReviewStatus
{
    /// <summary>Whether it is allowed.</summary>
    public bool Allowed { get; set; }
    /// <summary>Whether it is refused whatever else may allow it.</summary>
    public bool? Denied { get; set; }
    /// <summary>Why.</summary>
    public string? Reason { get; set; }
    /// <summary>What went wrong on the way.</summary>
    public string? EvaluationError { get; set; }
}
