using System.Collections.Immutable;

namespace Lodestone.Datapath.Ring;

/// <summary>One published change of a LoadBalancer's targets.</summary>
/// <param name="Generation">The generation that the change led to.</param>
/// <param name="Until">End of the change's window: so long the set before it counts.</param>
/// <param name="Added">Targets that the set before did not have.</param>
/// <param name="Removed">Targets that only the set before had.</param>
public sealed record TargetChange(long Generation, DateTimeOffset Until, ImmutableArray<ulong> Added, ImmutableArray<ulong> Removed);
