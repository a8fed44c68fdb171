using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>Role-based access control: members of <c>system:masters</c> may do everything, others what roles of the store grant them.</summary>
internal sealed class RbacAuthorizer(RbacIndex index) : IAuthorizer
{
    private static readonly AuthorizationDecision Master = new(true, "");

    /// <inheritdoc/>
    public ValueTask<AuthorizationDecision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(user.IsMaster ? Master : index.Authorize(user, request));
}
