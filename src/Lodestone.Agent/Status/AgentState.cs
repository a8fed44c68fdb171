using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Status;

/// <summary>What the last reconciliation came to: what statuses are written from. Immutable.</summary>
/// <param name="Desired">What was desired.</param>
/// <param name="Applied">What came of it.</param>
/// <param name="AttachFailures">Why devices could not be bound, by interface index.</param>
/// <param name="VipIds">Ids of VIPs' counters.</param>
/// <param name="RealIndexes">Indexes of reals' counters, by target.</param>
/// <param name="Fingerprints">What public VIPs' tables have in common with other gateways'.</param>
/// <param name="Contested">VIPs that somebody else on the segment claims.</param>
internal sealed record AgentState(
    DesiredState Desired,
    ApplyResult Applied,
    ImmutableDictionary<uint, string> AttachFailures,
    ImmutableDictionary<VipKey, uint> VipIds,
    ImmutableDictionary<ulong, uint> RealIndexes,
    ImmutableDictionary<VipKey, ulong> Fingerprints,
    ImmutableDictionary<DatapathAddress, ContestedVip> Contested)
{
    /// <summary>One fingerprint of all public VIPs; null without any.</summary>
    public string? TableFingerprint() =>
        Fingerprints.IsEmpty ? null : Lodestone.Datapath.Tables.TableFingerprint.ToText(Lodestone.Datapath.Tables.TableFingerprint.OfAll(Fingerprints.Values));
}
