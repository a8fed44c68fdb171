using System.Collections.Immutable;
using System.Net;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>All that a daemon is to do. Immutable.</summary>
public sealed record BgpConfig
{
    /// <summary>Our autonomous system.</summary>
    public required uint Asn { get; init; }

    /// <summary>What this speaker is known by (RFC 6286): four bytes, unlike any other's in the autonomous system.</summary>
    public required IPAddress RouterId { get; init; }

    /// <summary>Whom to speak with, by name.</summary>
    public ImmutableArray<BgpNeighbor> Neighbors { get; init; } = [];

    /// <summary>Addresses to announce, each as a route of its own.</summary>
    public ImmutableHashSet<DatapathAddress> Prefixes { get; init; } = [];

    /// <summary>Whether routes say that they will go (GRACEFUL_SHUTDOWN, RFC 8326).</summary>
    public bool IsShuttingDown { get; init; }

    /// <inheritdoc/>
    public bool Equals(BgpConfig? other) =>
        other is not null
        && Asn == other.Asn
        && RouterId.Equals(other.RouterId)
        && IsShuttingDown == other.IsShuttingDown
        && Neighbors.AsSpan().SequenceEqual(other.Neighbors.AsSpan())
        && (ReferenceEquals(Prefixes, other.Prefixes) || Prefixes.SetEquals(other.Prefixes));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Asn, RouterId, IsShuttingDown, Neighbors.Length, Prefixes.Count);
}
