using Lodestone.Api.Meta;

namespace Lodestone.Api.Authentication;

/// <summary>Asks for a token of a service account (authentication/v1).</summary>
public sealed class TokenRequest : KubernetesObject
{
    /// <summary>What it is to be.</summary>
    public TokenRequestSpec Spec { get; set; } = new();
    /// <summary>The token.</summary>
    public TokenRequestStatus? Status { get; set; }
}
