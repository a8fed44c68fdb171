using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Status;

/// <summary>What the last reconciliation came to: what statuses are written from. Immutable.</summary>
/// <param name="Desired">What was desired.</param>
/// <param name="Applied">What came of it.</param>
/// <param name="AttachFailures">Why devices could not be bound, by interface index.</param>
/// <param name="VipIds">Ids of VIPs' counters.</param>
/// <param name="RealIndexes">Indexes of reals' counters, by target.</param>
internal sealed record AgentState(
    DesiredState Desired,
    ApplyResult Applied,
    ImmutableDictionary<uint, string> AttachFailures,
    ImmutableDictionary<DatapathAddress, uint> VipIds,
    ImmutableDictionary<ulong, uint> RealIndexes);
