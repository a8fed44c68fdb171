using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Security;

/// <summary>Keeps node agents to what an agent is for, whatever roles grant them or their groups.</summary>
/// <remarks>By the path alone; whose objects they are is told by <see cref="Admission.AgentAdmission"/>.</remarks>
internal sealed class AgentAuthorizer(IAuthorizer roles) : IAuthorizer
{
    private static readonly AuthorizationDecision Refused = new(false, "agents may not do that, whatever roles grant them");

    /// <inheritdoc/>
    public async ValueTask<AuthorizationDecision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken cancellationToken)
    {
        AuthorizationDecision decision = await roles.AuthorizeAsync(user, request, cancellationToken);
        return decision.IsAllowed && request.IsResource && user.IsAgent && !user.IsMaster && !IsForAgents(request) ? Refused : decision;
    }

    private static bool IsForAgents(RequestInfo request) => request.Verb switch
    {
        "get" or "list" or "watch" => IsReadable(request),
        "create" => request is { Group: ResourceDefinitions.PlatformGroup, Resource: "hosts", Subresource: "" } || IsLeaseOrEvent(request) || IsSelfReview(request),
        "update" or "patch" => IsLeaseOrEvent(request) || IsStatus(request),
        "delete" => request is { Group: "coordination.k8s.io", Resource: "leases", Subresource: "" },
        _ => false,
    };

    private static bool IsReadable(RequestInfo request) => request switch
    {
        { Group: ResourceDefinitions.NetworkingGroup or ResourceDefinitions.PlatformGroup } => true,
        { Group: ResourceDefinitions.IpamGroup, Resource: "prefixes" } => true,
        { Group: "", Resource: "namespaces" or "events" } => true,
        { Group: "events.k8s.io", Resource: "events" } => true,
        { Group: "coordination.k8s.io", Resource: "leases" } => true,
        _ => false,
    };

    private static bool IsLeaseOrEvent(RequestInfo request) =>
        request is { Group: "coordination.k8s.io", Resource: "leases", Subresource: "" } or { Group: "", Resource: "events", Subresource: "" };

    private static bool IsSelfReview(RequestInfo request) =>
        request is { Group: "authentication.k8s.io", Resource: "selfsubjectreviews" }
            or { Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews" or "selfsubjectrulesreviews" };

    private static bool IsStatus(RequestInfo request) => request switch
    {
        { Group: ResourceDefinitions.PlatformGroup, Resource: "hosts", Subresource: "" or "status" } => true,
        { Group: ResourceDefinitions.NetworkingGroup, Resource: "networkinterfaces" or "loadbalancers", Subresource: "status" } => true,
        _ => false,
    };
}
