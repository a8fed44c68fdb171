using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>A router that gateways announce the addresses of load balancers to, by BGP (RFC 4271). Cluster scope.</summary>
public sealed class BGPPeer : KubernetesObject
{
    /// <summary>The router, and how to speak with it.</summary>
    public BGPPeerSpec Spec { get; set; } = new();
    /// <summary>What became of the sessions.</summary>
    public BGPPeerStatus? Status { get; set; }
}
