using System.Text.Json;
using System.Text.Json.Nodes;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Certificates;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Admission;

/// <summary>What a node agent may write, decided by the objects: its own Host and Lease, what becomes of its host's NICs and of load balancers, Events about these.</summary>
/// <remarks>
/// Kubernetes' NodeRestriction for our agents. Which NIC is on the host is told by the stored object, never by what the agent sends. What
/// is not named here is refused, whatever roles grant; <see cref="AgentAuthorizer"/> refuses by the path what has no object.
/// </remarks>
internal sealed class AgentAdmission(ResourceCatalog catalog) : IAdmission
{
    private const string LeaseNamespace = Security.Rbac.AgentRole.SystemNamespace;

    /// <inheritdoc/>
    public void Admit(ResourceRequest request, KubernetesObject value, KubernetesObject? old)
    {
        if (HostOf(request) is not { } host)
        {
            return;
        }

        string? refusal = (value, request.Info.Subresource) switch
        {
            (Host, "" or "status") when value.Metadata.Name != host => $"may not write Host \"{value.Metadata.Name}\"",
            (Host written, "") when written.Spec.Drain != (old as Host)?.Spec.Drain => "may not write spec.drain of its Host: that is for people to say",
            (Host, "" or "status") => null,
            (Lease, "") => CheckLease(value.Metadata, host),
            (NetworkInterface, "status") when old is NetworkInterface nic => IsOn(host, nic) ? null : "may not write the status of a NetworkInterface that is not on it",
            (LoadBalancer, "status") when old is LoadBalancer lb => CheckLoadBalancer((LoadBalancer)value, lb, host),
            (CertificateSigningRequest wanted, "") => wanted.Spec.SignerName == SignerNames.Agent ? null : $"may ask signer {SignerNames.Agent} only for a certificate",
            (BGPPeer, "status") when old is BGPPeer peer => CheckPeer((BGPPeer)value, peer, host),
            (Event sent, "") => CheckEvent(sent, host) ?? (old is Event held ? CheckEvent(held, host) : null),
            _ => $"may not write {request.Info.QualifiedResource}",
        };
        Refuse(request, value.Metadata.Name, host, refusal);
    }

    /// <inheritdoc/>
    public void AdmitDeletion(ResourceRequest request, KubernetesObject current)
    {
        if (HostOf(request) is { } host)
        {
            Refuse(request, current.Metadata.Name, host, current is Lease ? CheckLease(current.Metadata, host) : $"may not delete {request.Info.QualifiedResource}");
        }
    }

    /// <summary>The agent's host; null for who is no agent.</summary>
    /// <exception cref="ApiException">403, an agent whose name tells no host.</exception>
    private static string? HostOf(ResourceRequest request)
    {
        UserInfo user = request.User;
        if (!user.IsAgent || user.IsMaster)
        {
            return null;
        }

        return user.AgentHost ?? throw ApiErrors.Forbidden(
            request.Info.QualifiedResource,
            request.Info.Name.Length == 0 ? null : request.Info.Name,
            ApiErrors.Escape($"user \"{user.Name}\" in group {UserInfo.Agents} is not named {UserInfo.AgentPrefix}HOST"));
    }

    private static void Refuse(ResourceRequest request, string? name, string host, string? refusal)
    {
        if (refusal is not null)
        {
            throw ApiErrors.Forbidden(request.Info.QualifiedResource, name, ApiErrors.Escape($"the agent of host \"{host}\" {refusal}"));
        }
    }

    private static string? CheckLease(ObjectMeta lease, string host) =>
        lease.Namespace == LeaseNamespace && lease.Name == host && host != UserInfo.ControllersLease
            ? null
            : $"may not write Lease \"{lease.Namespace}/{lease.Name}\"";

    private static bool IsOn(string host, NetworkInterface nic) => ProviderId.TryParse(nic.Spec.ProviderID, out ProviderId id) && id.Host == host;

    /// <summary>Of a load balancer's status an agent writes the entry of its own gateway, and nothing else.</summary>
    private static string? CheckLoadBalancer(LoadBalancer value, LoadBalancer old, string host) =>
        JsonNode.DeepEquals(WithoutEntryOf(host, value.Status), WithoutEntryOf(host, old.Status))
            ? null
            : "may only write its own entry in status.gateways of a LoadBalancer";

    private static JsonObject WithoutEntryOf(string host, LoadBalancerStatus? status) => WithoutItem(
        JsonSerializer.SerializeToNode(status ?? new LoadBalancerStatus(), ApiJsonContext.Default.LoadBalancerStatus)!.AsObject(), "gateways", "name", host);

    /// <summary>Of a BGP peer's status an agent writes its own host's session, and nothing else.</summary>
    private static string? CheckPeer(BGPPeer value, BGPPeer old, string host) =>
        JsonNode.DeepEquals(WithoutSessionOf(host, value.Status), WithoutSessionOf(host, old.Status))
            ? null
            : "may only write its own session in status.sessions of a BGPPeer";

    private static JsonObject WithoutSessionOf(string host, BGPPeerStatus? status) => WithoutItem(
        JsonSerializer.SerializeToNode(status ?? new BGPPeerStatus(), ApiJsonContext.Default.BGPPeerStatus)!.AsObject(), "sessions", "host", host);

    /// <summary>Takes the item with a key out of a list, and the list where it was the last.</summary>
    private static JsonObject WithoutItem(JsonObject node, string list, string key, string value)
    {
        if (node[list] is JsonArray items)
        {
            items.RemoveAll(item => (string?)item![key] == value);
            if (items.Count == 0)
            {
                node.Remove(list);
            }
        }

        return node;
    }

    private string? CheckEvent(Event value, string host)
    {
        if (value.ReportingInstance != host || (value.Source?.Host is { Length: > 0 } source && source != host))
        {
            return "may only write Events that name it as reportingInstance and source.host";
        }

        ObjectReference about = value.InvolvedObject ?? new ObjectReference();
        (string group, string ns, string name) = (GroupOf(about.ApiVersion), about.Namespace ?? "", about.Name ?? "");
        bool isOwn = (group, about.Kind) switch
        {
            (ResourceDefinitions.PlatformGroup, "Host") => name == host,
            (ResourceDefinitions.PlatformGroup, "BGPPeer") => Find(ResourceDefinitions.BGPPeer, "", name) is not null,
            ("coordination.k8s.io", "Lease") => ns == LeaseNamespace && name == host,
            (ResourceDefinitions.NetworkingGroup, "NetworkInterface") => Find(ResourceDefinitions.NetworkInterface, ns, name) is NetworkInterface nic && IsOn(host, nic),
            (ResourceDefinitions.NetworkingGroup, "LoadBalancer") => Find(ResourceDefinitions.LoadBalancer, ns, name) is not null,
            _ => false,
        };
        return isOwn ? null : $"may not write Events about {about.Kind} \"{(ns.Length == 0 ? name : $"{ns}/{name}")}\"";
    }

    private KubernetesObject? Find(ResourceDefinition resource, string ns, string name)
    {
        ObjectRegistry registry = catalog.Registry(resource);
        return registry.Read().Objects.Find(ns.Length == 0 ? name : $"{ns}/{name}") is { } item ? registry.Codec.Decode(item) : null;
    }

    private static string GroupOf(string? apiVersion) =>
        apiVersion?.IndexOf('/', StringComparison.Ordinal) is > 0 and int slash ? apiVersion[..slash] : "";
}
