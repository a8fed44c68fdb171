namespace Lodestone.Api.Authentication;

/// <summary>The token of a <see cref="TokenRequest"/>.</summary>
public sealed class TokenRequestStatus
{
    /// <summary>The token, a JWT (RFC 7519).</summary>
    public string? Token { get; set; }
    /// <summary>When it ends.</summary>
    public DateTimeOffset? ExpirationTimestamp { get; set; }
}
