namespace Lodestone.Cli.Simulate.Report;

/// <summary>Owners of VIPs on a segment.</summary>
/// <param name="Gateways">Gateways before.</param>
/// <param name="Change">What happens to one of them.</param>
/// <param name="Vips">VIPs.</param>
/// <param name="Moved">Share of VIPs that have another owner.</param>
/// <param name="Fewest">Share that has to: those of the gateway that is gone, or the newcomer's even part.</param>
/// <param name="MaxToMean">VIPs of the gateway with the most, before, by an even part.</param>
/// <param name="ChiSquare">Chi-square of the VIPs per gateway by its degrees of freedom: 1 is as even as dice.</param>
internal sealed record ElectionResult(int Gateways, string Change, int Vips, double Moved, double Fewest, double MaxToMean, double ChiSquare);
