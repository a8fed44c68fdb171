using Lodestone.Api.Resources;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>A request about a resource, authenticated, authorized and resolved.</summary>
/// <param name="Http">Request and answer.</param>
/// <param name="Info">What it wants.</param>
/// <param name="User">Who wants it.</param>
/// <param name="Registry">The kind's objects.</param>
internal sealed record ResourceRequest(HttpContext Http, RequestInfo Info, UserInfo User, ObjectRegistry Registry)
{
    /// <summary>The kind.</summary>
    public ResourceDefinition Resource => Registry.Resource;

    /// <summary>The namespace of the objects meant; empty for the cluster's own, and for a list over all namespaces.</summary>
    public string Namespace => Resource.IsNamespaced ? Info.Namespace : "";

    /// <summary>Whether the status subresource is meant, or another that is a part of the status.</summary>
    public bool IsStatus => Info.Subresource == "status" || IsApproval;

    /// <summary>Whether the part of the status is meant that says what was decided.</summary>
    public bool IsApproval => Info.Subresource == "approval";
}
