using System.Collections.Immutable;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>A state as packets are compared with it.</summary>
/// <param name="Vips">What is served.</param>
/// <param name="Alive">Targets of any VIP.</param>
/// <param name="Ever">Targets that a VIP has now or has had.</param>
internal sealed record ConcurrentState(
    ImmutableDictionary<DatapathAddress, VipModel> Vips, ImmutableHashSet<ulong> Alive, ImmutableDictionary<DatapathAddress, ImmutableHashSet<ulong>> Ever);
