namespace Lodestone.Api.Authentication;

/// <summary>The answer of a <see cref="TokenReview"/>.</summary>
public sealed class TokenReviewStatus
{
    /// <summary>Whether the token counts; absent means no.</summary>
    public bool? Authenticated { get; set; }
    /// <summary>Whose it is.</summary>
    public UserInfo? User { get; set; }
    /// <summary>Those of the audiences asked for that the token is for.</summary>
    public List<string>? Audiences { get; set; }
    /// <summary>Why it does not count.</summary>
    public string? Error { get; set; }
}
