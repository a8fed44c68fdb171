using System.Collections.Immutable;

namespace Lodestone.Datapath.Ring;

/// <summary>One published change of a LoadBalancer's targets.</summary>
/// <param name="Generation">The generation that the change led to.</param>
/// <param name="Until">End of the change's window: so long the set before it counts.</param>
/// <param name="Added">Targets that the set before did not have, or had with another weight.</param>
/// <param name="Removed">Targets that only the set before had, or had with this weight.</param>
/// <param name="KeyBefore">What slots went by before, where the change is one of that; null: it is not.</param>
public sealed record TargetChange(
    long Generation, DateTimeOffset Until, ImmutableArray<WeightedTarget> Added, ImmutableArray<WeightedTarget> Removed, SlotKey? KeyBefore = null)
{
    /// <summary>When it was made: the beginning of its window. Null: nobody says.</summary>
    public DateTimeOffset? Since { get; init; }
}
