namespace Lodestone.ApiServer.Security;

/// <summary>What an <see cref="IAuthorizer"/> says.</summary>
/// <param name="IsAllowed">Whether the request may go on.</param>
/// <param name="Reason">Why, for the audit log and for reviews; may be empty.</param>
internal sealed record AuthorizationDecision(bool IsAllowed, string Reason)
{
    /// <summary>Nothing allows it, and there is nothing to say about that.</summary>
    public static AuthorizationDecision NoOpinion { get; } = new(false, "");
}
