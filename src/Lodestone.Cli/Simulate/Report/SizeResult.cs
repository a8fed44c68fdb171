namespace Lodestone.Cli.Simulate.Report;

/// <summary>Costs at one size.</summary>
/// <param name="Scale">The size.</param>
/// <param name="Kinds">What an agent lists and watches.</param>
/// <param name="AgentCache">An agent's caches, filled from the API.</param>
/// <param name="Gateway">A gateway's plans and maps.</param>
/// <param name="Hypervisor">The same of a machine with network interfaces.</param>
/// <param name="Controllers">The controllers' caches and decisions.</param>
/// <param name="Traffic">What watches carry.</param>
internal sealed record SizeResult(
    SimulationScale Scale,
    IReadOnlyList<KindResult> Kinds,
    CacheResult AgentCache,
    PlanResult Gateway,
    PlanResult Hypervisor,
    ControllerResult Controllers,
    IReadOnlyList<WatchTraffic> Traffic);
