using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Security;

/// <summary>Who may do what, by built-in roles: masters everything, controllers our kinds, agents their own machine's part.</summary>
internal static class Authorizer
{
    private static readonly HashSet<string> PublicPaths = ["/version", "/livez", "/readyz", "/healthz"];

    /// <summary>Refuses what the user may not do.</summary>
    /// <exception cref="ApiException">403.</exception>
    public static void Authorize(UserInfo user, RequestInfo request)
    {
        if (user.Groups.Contains(UserInfo.Masters) || IsAllowed(user, request))
        {
            return;
        }

        if (!request.IsResource)
        {
            throw ApiErrors.ForbiddenPath(user.Name, request.Verb, request.Path);
        }

        string resource = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
        string where = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        throw ApiErrors.Forbidden(
            request.QualifiedResource,
            request.Name.Length == 0 ? null : request.Name,
            ApiErrors.Escape($"User \"{user.Name}\" cannot {request.Verb} resource \"{resource}\" in API group \"{request.Group}\" {where}"));
    }

    private static bool IsAllowed(UserInfo user, RequestInfo request)
    {
        if (!request.IsResource)
        {
            return IsPublic(request.Path) || (!user.IsAnonymous && request.Verb == "get" && IsDiscovery(request.Path));
        }

        if (user.Groups.Contains(UserInfo.Controllers) && ControllerMay(request))
        {
            return true;
        }

        return user.AgentHost is { } host && AgentMay(host, request);
    }

    /// <summary>Whether a path is for everybody, also without credentials.</summary>
    public static bool IsPublic(string path) =>
        PublicPaths.Contains(path) || PublicPaths.Any(p => path.StartsWith(p + "/", StringComparison.Ordinal));

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

    /// <summary>The object named like the host; a creation has no name in its path, so its body is checked by <see cref="CheckCreation"/>.</summary>
    private static bool IsOwn(string host, RequestInfo request) => request.Verb switch
    {
        "create" => request.Subresource.Length == 0,
        "update" or "patch" => request.Name == host,
        "delete" => request.Name == host && request.Resource == "leases",
        _ => false,
    };

    private static bool IsRead(string verb) => verb is "get" or "list" or "watch";

    /// <summary>Refuses an agent's creation of a Host or Lease that is not its own.</summary>
    /// <exception cref="ApiException">403.</exception>
    public static void CheckCreation(UserInfo user, RequestInfo request, string name)
    {
        if (user.AgentHost is { } host && !user.Groups.Contains(UserInfo.Masters)
            && request.Resource is "hosts" or "leases" && name != host)
        {
            throw ApiErrors.Forbidden(request.QualifiedResource, name, ApiErrors.Escape($"User \"{user.Name}\" may only create the one named \"{host}\""));
        }
    }
}
