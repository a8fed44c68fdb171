using Lodestone.Api.Platform;
using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.KillHypervisor;

/// <summary>A hypervisor dies with its workloads, once without health checks and once with.</summary>
internal sealed class KillHypervisorScenario : LabScenario
{
    private const string ChecksOff = "checks off";

    // What docs promise of a host that dies: it gets no new flows within this.
    private static readonly TimeSpan DetectionGoal = TimeSpan.FromSeconds(3);

    // Flows of its targets go elsewhere, and end, when they have drained.
    private static readonly TimeSpan Observation = TimeSpan.FromSeconds(SitePlan.TransitionSeconds + 5);

    private static readonly HealthCheck Checks = new()
    {
        Tcp = new TcpHealthCheck(),
        IntervalSeconds = 1,
        TimeoutSeconds = 1,
        UnhealthyThreshold = 2,
        HealthyThreshold = 1,
    };

    /// <inheritdoc/>
    public override string Name => "kill-hypervisor";

    /// <inheritdoc/>
    public override string Shows => "A hypervisor dies: only flows of its targets end, and new connections fail for less than 3 s; without health checks and with them.";

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        await KillAsync(context, context.Site.Hypervisors[1], ChecksOff, cancellationToken);
        context.Say("health checks on: TCP, every second, two failures");
        await context.Site.Objects.SetHealthChecksAsync(Checks, cancellationToken);
        await KillAsync(context, context.Site.Hypervisors[2], "checks on", cancellationToken);
        await context.Site.Objects.SetHealthChecksAsync(null, cancellationToken);
        await context.Site.WaitUntilWholeAsync(cancellationToken);
    }

    private static async Task KillAsync(ScenarioContext context, LabHost victim, string checks, CancellationToken cancellationToken)
    {
        HashSet<string> targets = [.. context.Machines.WorkloadsOf(victim).Select(workload => workload.Name)];
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            () =>
            {
                context.Say($"kill -9 {victim.Name} with {string.Join(", ", targets)}, {checks}");
                return context.Machines.KillAsync(victim);
            },
            Observation,
            cancellationToken);
        context.Judge(figures, new StepRules
        {
            Name = $"kill, {checks}",
            Done = $"{victim.Name} and its workloads are cut off, and everything on them killed; health {checks}",
            Goal = "others' loss 0 and resets 0; new connections fail < 3 s",
            IsAffected = flow => flow.Kind == LoadKind.New || (flow.Target is { } target && targets.Contains(target)),
            MaxLoss = null,
            MayEnd = true,
            MaxFailing = DetectionGoal,
        });

        // What its targets held has ended, or waits for machines that are gone.
        await context.RepairLoadAsync(targets.Contains, cancellationToken);
        figures = await context.WatchAsync(
            async () =>
            {
                context.Say($"{victim.Name} is switched on again");
                // Without checks nobody knows of a server that does not listen yet.
                await context.Machines.ReviveAsync(victim, workloadsFirst: checks == ChecksOff, cancellationToken);
                await context.Site.WaitUntilWholeAsync(cancellationToken);
            },
            TimeSpan.FromSeconds(SitePlan.TransitionSeconds + 3),
            cancellationToken);
        context.Judge(figures, new StepRules { Name = $"back, {checks}", Done = $"{victim.Name} is switched on again", Goal = "nothing lost, resets 0" });
        await context.RepairLoadAsync(cancellationToken);
    }
}
