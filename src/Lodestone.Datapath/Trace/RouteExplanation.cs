namespace Lodestone.Datapath.Trace;

/// <summary>Whether a network has an address, its own or one of a network that it is peered with.</summary>
/// <param name="Real">The way to the NIC that has it; null: the network has none. Its <see cref="RealExplanation.Index"/> is 0: a way of a route is no entry of <c>reals</c>.</param>
/// <param name="IsForeign">Whether another network has it, which is asked only where this one doesn't.</param>
public sealed record RouteExplanation(RealExplanation? Real, bool IsForeign);
