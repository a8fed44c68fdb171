using Lodestone.Api.Certificates;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security.Rbac;

namespace Lodestone.ApiServer.Security;

/// <summary>Keeps node agents, and machines that join, to what they are for, whatever roles grant them or their groups.</summary>
/// <remarks>
/// By the path alone; whose objects they are is told by <see cref="Admission.AgentAdmission"/>. Only who may read a request for a
/// certificate is told by the request: who made it.
/// </remarks>
internal sealed class AgentAuthorizer(IAuthorizer roles, ResourceCatalog catalog) : IAuthorizer
{
    private static readonly AuthorizationDecision Refused = new(false, "agents may not do that, whatever roles grant them");
    private static readonly AuthorizationDecision RefusedToJoiners = new(false, "machines that join may ask for a certificate and read what became of it, whatever roles grant them");

    private readonly ObjectRegistry? _requests = catalog.Find(ResourceDefinitions.CertificatesGroup, "v1", ResourceDefinitions.CertificateSigningRequest.Plural);

    /// <inheritdoc/>
    public async ValueTask<AuthorizationDecision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken cancellationToken)
    {
        AuthorizationDecision decision = await roles.AuthorizeAsync(user, request, cancellationToken);
        if (!decision.IsAllowed || !request.IsResource || user.IsMaster)
        {
            return decision;
        }

        return user.IsAgent && !IsForAgents(request) && !IsOwnRequest(user, request) ? Refused
            : user.IsBootstrapper && !IsSelfReview(request) && !IsOwnRequest(user, request) ? RefusedToJoiners
            : decision;
    }

    private static bool IsForAgents(RequestInfo request) => request.Verb switch
    {
        "get" when request is { Group: "", Namespace: AgentRole.SystemNamespace, Resource: "secrets", Name: AgentRole.FlowHashSecret or BGPPasswords.SecretName, Subresource: "" } => true,
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

    private bool IsOwnRequest(UserInfo user, RequestInfo request) =>
        request is { Group: ResourceDefinitions.CertificatesGroup, Resource: "certificatesigningrequests", Subresource: "" } && request.Verb switch
        {
            "create" => true,
            "get" => _requests?.Read().Objects.Find(request.Name) is not { } found
                || ((CertificateSigningRequest)_requests.Codec.Decode(found)).Spec.Username == user.Name,
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
        { Group: ResourceDefinitions.PlatformGroup, Resource: "bgppeers", Subresource: "status" } => true,
        { Group: ResourceDefinitions.NetworkingGroup, Resource: "networkinterfaces" or "loadbalancers", Subresource: "status" } => true,
        _ => false,
    };
}
