namespace Lodestone.Api.Authentication;

/// <summary>The question of a <see cref="TokenReview"/>.</summary>
public sealed class TokenReviewSpec
{
    /// <summary>The token.</summary>
    public string? Token { get; set; }
    /// <summary>For whom it has to be: for any of these; for the API server where none is given.</summary>
    public List<string>? Audiences { get; set; }
}
