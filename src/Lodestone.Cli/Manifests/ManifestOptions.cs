using Lodestone.Api.CustomResources;

namespace Lodestone.Cli.Manifests;

/// <summary>What an installation in a cluster is to be.</summary>
internal sealed record ManifestOptions
{
    /// <summary>Image whose entry point is the executable.</summary>
    public required string Image { get; init; }

    /// <summary>Namespace of the pods. Leases are in <c>lodestone-system</c> in any case.</summary>
    public required string Namespace { get; init; }

    /// <summary>Pods with controllers; one works, the others stand by.</summary>
    public int Replicas { get; init; } = 2;

    /// <summary>Whether the Prometheus operator is to scrape the pods. Agents then serve health and metrics at all addresses of their node, else at its loopback only.</summary>
    public bool Monitoring { get; init; }

    /// <summary>Device that faces the network, the same on every machine; null: the one with the default route.</summary>
    public string? Uplink { get; init; }

    /// <summary>Whether agents may speak BGP: their image has FRR (<c>eng/image --bgp</c>).</summary>
    public bool Bgp { get; init; }

    /// <summary>What the definitions of our kinds may say.</summary>
    public CustomResourceOptions CustomResources { get; init; } = new();
}
