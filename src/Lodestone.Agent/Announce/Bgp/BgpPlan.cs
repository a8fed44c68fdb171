using System.Collections.Immutable;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>What this host is to do for the BGPPeers that select it. Immutable.</summary>
/// <param name="Config">What the daemon is to do; null: no session is wanted, or none can be made.</param>
/// <param name="Problems">What keeps a session from being made, or made as wanted, by name of the BGPPeer.</param>
internal sealed record BgpPlan(BgpConfig? Config, ImmutableDictionary<string, BgpProblem> Problems);
