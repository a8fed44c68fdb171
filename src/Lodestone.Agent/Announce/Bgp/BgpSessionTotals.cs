namespace Lodestone.Agent.Announce.Bgp;

/// <summary>What there is to count of one session.</summary>
/// <param name="State">As in the BGPPeer's status.</param>
/// <param name="PrefixesAnnounced">Routes that the router has been sent.</param>
/// <param name="Drops">How often it ended since the agent started.</param>
public readonly record struct BgpSessionTotals(string State, int PrefixesAnnounced, long Drops);
