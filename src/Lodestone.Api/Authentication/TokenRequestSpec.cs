namespace Lodestone.Api.Authentication;

/// <summary>What a token of a service account is to be.</summary>
public sealed class TokenRequestSpec
{
    /// <summary>For whom; for the API server where none is given.</summary>
    public List<string>? Audiences { get; set; }
    /// <summary>Seconds it is valid; an hour where none is given, at least ten minutes.</summary>
    public long? ExpirationSeconds { get; set; }
    /// <summary>The token ends with this object.</summary>
    public BoundObjectReference? BoundObjectRef { get; set; }
}
