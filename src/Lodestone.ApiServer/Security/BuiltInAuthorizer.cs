using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Security;

/// <summary>Who may do what, by built-in roles: masters everything, controllers our kinds, agents their own machine's part.</summary>
internal sealed class BuiltInAuthorizer : IAuthorizer
{
    /// <inheritdoc/>
    public ValueTask<AuthorizationDecision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new AuthorizationDecision(user.Groups.Contains(UserInfo.Masters) || IsAllowed(user, request), ""));

    private static bool IsAllowed(UserInfo user, RequestInfo request)
    {
        if (!request.IsResource)
        {
            return PublicPaths.Contains(request.Path) || (!user.IsAnonymous && request.Verb == "get" && IsDiscovery(request.Path));
        }

        if (user.Groups.Contains(UserInfo.Controllers) && ControllerMay(request))
        {
            return true;
        }

        return user.AgentHost is { } host && AgentMay(host, request);
    }

    private static bool IsDiscovery(string path) =>
        path is "/" or "/api" or "/apis"
        || path.StartsWith("/api/", StringComparison.Ordinal)
        || path.StartsWith("/apis/", StringComparison.Ordinal)
        || path.StartsWith("/openapi/", StringComparison.Ordinal);

    private static bool ControllerMay(RequestInfo request) => request.Group switch
    {
        ResourceDefinitions.NetworkingGroup or ResourceDefinitions.PlatformGroup => true,
        "coordination.k8s.io" => request.Resource == "leases",
        "" => request.Resource == "events" || (request.Resource == "namespaces" && IsRead(request.Verb)),
        _ => false,
    };

    private static bool AgentMay(string host, RequestInfo request)
    {
        if (IsRead(request.Verb))
        {
            return request.Group is ResourceDefinitions.NetworkingGroup or ResourceDefinitions.PlatformGroup
                || request is { Group: "coordination.k8s.io", Resource: "leases" }
                || request is { Group: "", Resource: "namespaces" or "events" };
        }

        return request switch
        {
            { Group: "", Resource: "events", Subresource: "" } => request.Verb is "create" or "update" or "patch",
            { Group: ResourceDefinitions.PlatformGroup, Resource: "hosts" } => IsOwn(host, request),
            { Group: "coordination.k8s.io", Resource: "leases" } => IsOwn(host, request),
            { Group: ResourceDefinitions.NetworkingGroup, Resource: "networkinterfaces" or "loadbalancers", Subresource: "status" } => request.Verb is "update" or "patch",
            _ => false,
        };
    }

    /// <summary>The object named like the host; a creation has no name in its path, so its body is checked by <see cref="Admission.AgentAdmission"/>.</summary>
    private static bool IsOwn(string host, RequestInfo request) => request.Verb switch
    {
        "create" => request.Subresource.Length == 0,
        "update" or "patch" => request.Name == host,
        "delete" => request.Name == host && request.Resource == "leases",
        _ => false,
    };

    private static bool IsRead(string verb) => verb is "get" or "list" or "watch";
}
