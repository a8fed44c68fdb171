using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Security;

/// <summary>Tells who may do what.</summary>
internal interface IAuthorizer
{
    /// <summary>Whether the user may do what the request wants.</summary>
    public ValueTask<AuthorizationDecision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken cancellationToken);
}
