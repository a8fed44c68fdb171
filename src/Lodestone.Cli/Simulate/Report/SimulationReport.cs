namespace Lodestone.Cli.Simulate.Report;

/// <summary>What <c>lodestone simulate -o json</c> prints. Times and heaps differ from run to run; all else follows from scale and seed.</summary>
/// <param name="Machine">Processor and kernel.</param>
/// <param name="Date">The day.</param>
/// <param name="Scale">What was asked for.</param>
/// <param name="Seed">What everything random came from.</param>
/// <param name="Flows">Flows of each case of disruption and balance.</param>
/// <param name="Sizes">Costs at growing shares of the scale.</param>
/// <param name="Announcing">What announcing on the segment costs.</param>
/// <param name="Elections">Which gateway announces what, and what moves.</param>
/// <param name="TargetChanges">What changes of targets do to flows.</param>
/// <param name="GatewayChanges">What ECMP does to flows when gateways come and go.</param>
/// <param name="Balance">How even rings are.</param>
internal sealed record SimulationReport(
    string Machine,
    string Date,
    SimulationScale Scale,
    int Seed,
    int Flows,
    IReadOnlyList<SizeResult> Sizes,
    IReadOnlyList<AnnounceResult> Announcing,
    IReadOnlyList<ElectionResult> Elections,
    IReadOnlyList<TargetChangeResult> TargetChanges,
    IReadOnlyList<GatewayChangeResult> GatewayChanges,
    IReadOnlyList<BalanceResult> Balance);
