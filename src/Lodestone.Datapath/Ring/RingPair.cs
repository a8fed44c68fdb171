namespace Lodestone.Datapath.Ring;

/// <summary>Who owns one slot of a <see cref="FoldedRing"/>. Indexes into <see cref="FoldedRing.Targets"/>; -1 is nobody.</summary>
/// <param name="Current">Who takes new flows.</param>
/// <param name="Previous">Who keeps established flows that no record knows. <paramref name="Current"/> unless <paramref name="Learn"/>.</param>
/// <param name="Learn">The slot is in transition: its packets consult the flow table and are recorded there.</param>
public readonly record struct RingPair(int Current, int Previous, bool Learn);
