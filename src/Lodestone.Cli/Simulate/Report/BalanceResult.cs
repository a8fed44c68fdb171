namespace Lodestone.Cli.Simulate.Report;

/// <summary>How even one ring is.</summary>
/// <param name="Targets">Targets.</param>
/// <param name="Weights"><c>equal</c>, or what weights are.</param>
/// <param name="Slots">Slots of the ring.</param>
/// <param name="SlotsMaxToMean">Slots of the target that has the most for its weight, by an even part.</param>
/// <param name="Flows">Random flows sent.</param>
/// <param name="FlowsMaxToMean">Flows of the target that gets the most for its weight, by an even part.</param>
/// <param name="DiceMaxToMean">What that is with dice instead of hash and ring, on average.</param>
/// <param name="ChiSquare">Chi-square of flows per target against its weight, by its degrees of freedom: 1 is as even as dice.</param>
internal sealed record BalanceResult(int Targets, string Weights, int Slots, double SlotsMaxToMean, int Flows, double FlowsMaxToMean, double DiceMaxToMean, double ChiSquare);
