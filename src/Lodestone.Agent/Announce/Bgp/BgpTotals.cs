using System.Collections.Immutable;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>What there is to count of BGP.</summary>
/// <param name="Sessions">By name of the BGPPeer.</param>
public sealed record BgpTotals(ImmutableDictionary<string, BgpSessionTotals> Sessions)
{
    /// <summary>No session.</summary>
    public static BgpTotals Empty { get; } = new(ImmutableDictionary<string, BgpSessionTotals>.Empty);
}
