using Lodestone.Cli.Lab.Load;

namespace Lodestone.Cli.Lab.Scenarios.KillGateway;

/// <summary>A gateway dies: its flows go on through the others, to the same targets, after a short gap.</summary>
internal sealed class KillGatewayScenario : LabScenario
{
    private static readonly TimeSpan Layer3Goal = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Layer2Goal = TimeSpan.FromMilliseconds(1500);

    // TCP has sent again what was lost in the gap, and a SYN twice.
    private static readonly TimeSpan Observation = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan ShortObservation = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    public override string Name => "kill-gateway";

    /// <inheritdoc/>
    public override string Shows => "A gateway dies: its flows go on through the others to the same targets after a short gap, the others' flows notice nothing.";

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        LabHost victim = context.Site.Gateways.MaxBy(gateway => context.Site.Balancers.Count(balancer => !balancer.IsLayer3 && context.Site.OwnerOf(balancer.Vips[0]) == gateway))!;
        string[] owned = [.. context.Site.Balancers.Where(balancer => !balancer.IsLayer3 && context.Site.OwnerOf(balancer.Vips[0]) == victim).Select(balancer => balancer.Name)];
        HashSet<FlowPath> its = await context.ListenAsync(victim, cancellationToken);
        context.Say($"{its.Count} flows take {victim.Name}, by the packets on its cable; it answers for {string.Join(", ", owned)} on the segment");
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            () =>
            {
                context.Say($"kill -9 {victim.Name}: its cable is dead, then every process on it is killed");
                return context.Machines.KillAsync(victim);
            },
            context.IsQuick ? ShortObservation : Observation,
            cancellationToken);
        string done = $"{victim.Name} is cut off, and everything on it killed";
        bool IsIts(FlowFigures flow) => flow.Path is { } path ? its.Contains(path) : flow.Balancer.IsLayer3 || owned.Contains(flow.Balancer.Name);
        context.Judge(figures, new StepRules
        {
            Name = "kill, L3 with BFD",
            Done = done,
            Goal = "loss < 500 ms, resets 0",
            IsJudged = flow => flow.Balancer.IsLayer3,
            IsAffected = IsIts,
            MaxLoss = Layer3Goal,
        });
        context.Judge(figures, new StepRules
        {
            Name = "kill, L2",
            Done = done,
            Goal = "loss < 1500 ms, resets 0",
            IsJudged = flow => !flow.Balancer.IsLayer3,
            IsAffected = IsIts,
            MaxLoss = Layer2Goal,
        });

        figures = await context.WatchAsync(
            async () =>
            {
                context.Say($"{victim.Name} is switched on again");
                await context.Machines.ReviveAsync(victim, workloadsFirst: false, cancellationToken);
                await context.Site.WaitUntilWholeAsync(cancellationToken);
            },
            TimeSpan.FromSeconds(2),
            cancellationToken);
        context.Judge(figures, new StepRules { Name = "comes back", Done = $"{victim.Name} is switched on again", Goal = "nothing lost, resets 0" });
        await context.RepairLoadAsync(cancellationToken);
    }
}
