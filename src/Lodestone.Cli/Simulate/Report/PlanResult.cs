namespace Lodestone.Cli.Simulate.Report;

/// <summary>What an agent's desired state costs.</summary>
/// <param name="FirstPlanMs">Milliseconds of the first, whole plan.</param>
/// <param name="FirstApplyMs">Milliseconds to write it to empty maps, in memory.</param>
/// <param name="StateBytes">What the state, and the applier's view of the maps, hold of the heap; of a hypervisor, whose maps are hash maps, with these.</param>
/// <param name="Vips">VIPs of the state.</param>
/// <param name="Reals">Targets that need a real.</param>
/// <param name="Routes">Routes of the overlay.</param>
/// <param name="Refused">What did not fit the maps; the number of load balancers and the first message; missing where all did.</param>
/// <param name="Maps">Bytes of the maps that it takes.</param>
/// <param name="Changes">What changes cost.</param>
internal sealed record PlanResult(
    double FirstPlanMs,
    double FirstApplyMs,
    long StateBytes,
    int Vips,
    int Reals,
    int Routes,
    string? Refused,
    IReadOnlyList<MapResult> Maps,
    IReadOnlyList<ChangeResult> Changes);
