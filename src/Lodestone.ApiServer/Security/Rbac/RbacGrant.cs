namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>One subject of one binding.</summary>
/// <param name="Role">What it may do.</param>
/// <param name="Allowed">The answer to a request that the role allows.</param>
internal sealed record RbacGrant(RbacRole Role, AuthorizationDecision Allowed);
