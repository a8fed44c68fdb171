using System.Collections.Immutable;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Counters;

/// <summary>What the packet programs have counted.</summary>
/// <param name="Vips">By VIP, in the order of their addresses.</param>
/// <param name="Reals">By target, in the order of their identities.</param>
/// <param name="Verdicts">By verdict; those that never happened are left out.</param>
public sealed record CounterSnapshot(
    ImmutableArray<VipTotals> Vips,
    ImmutableArray<RealTotals> Reals,
    ImmutableSortedDictionary<Verdict, Counter> Verdicts)
{
    /// <summary>Nothing counted.</summary>
    public static CounterSnapshot Empty { get; } = new([], [], ImmutableSortedDictionary<Verdict, Counter>.Empty);
}
