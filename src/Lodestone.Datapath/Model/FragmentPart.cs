namespace Lodestone.Datapath.Model;

/// <summary>Which part of a packet a fragment is; neither first nor later is a whole packet.</summary>
/// <param name="IsFirst">More are to come.</param>
/// <param name="IsLater">Not the first.</param>
/// <param name="Id">The identification, as loaded.</param>
internal readonly record struct FragmentPart(bool IsFirst, bool IsLater, uint Id);
