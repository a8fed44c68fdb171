using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Routing;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.ChangeGateways;

/// <summary>A gateway comes, one is drained, both go back: planned work loses nothing.</summary>
internal sealed class ChangeGatewaysScenario : LabScenario
{
    private static readonly TimeSpan Observation = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public override string Name => "change-gateways";

    /// <inheritdoc/>
    public override string Shows => "A gateway is added, another drained, and both taken back: nothing is lost.";

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        LabSite site = context.Site;
        LabHost drained = site.Gateways[0];
        int before = SitePlan.Gateways.Count;
        await StepAsync(context, "add", $"{SitePlan.SpareGateway} is built and its agent started", () => AddAsync(site, before + 1, cancellationToken), cancellationToken);
        await StepAsync(context, "drain", $"lodestone drain {drained.Name}", () => DrainAsync(site, "drain", drained, cancellationToken), cancellationToken);
        await StepAsync(
            context,
            "undrain",
            $"lodestone undrain {drained.Name}",
            async () =>
            {
                await DrainAsync(site, "undrain", drained, cancellationToken);
                await site.WaitUntilAnnouncedAsync(before + 1, cancellationToken);
            },
            cancellationToken);
        await StepAsync(context, "remove", $"lodestone drain {SitePlan.SpareGateway}, SIGTERM, gone", () => RemoveAsync(site, cancellationToken), cancellationToken);
        await site.WaitUntilWholeAsync(cancellationToken);
    }

    private static async Task StepAsync(ScenarioContext context, string name, string done, Func<Task> action, CancellationToken cancellationToken)
    {
        context.Say(done);
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(action, Observation, cancellationToken);
        context.Judge(figures, new StepRules { Name = name, Done = done, Goal = "nothing lost, resets 0" });
        await context.RepairLoadAsync(cancellationToken);
    }

    private static async Task AddAsync(LabSite site, int gateways, CancellationToken cancellationToken)
    {
        LabHost spare = site.Lab.AddHost(SitePlan.SpareGateway);
        LabRouter.AddReturnRoutes(site.Lab, spare);
        site.IssueAgentCredentials(spare);
        await site.StartAgentAsync(spare, cancellationToken);
        await site.Objects.WaitUntilServedAsync(gateways, cancellationToken);
        await site.WaitUntilAnnouncedAsync(gateways, cancellationToken);
    }

    private static async Task RemoveAsync(LabSite site, CancellationToken cancellationToken)
    {
        LabHost spare = site.Node(SitePlan.SpareGateway);
        await DrainAsync(site, "drain", spare, cancellationToken);
        await site.StopProcessAsync(LabSite.AgentOf(spare));
        await site.RemoveGatewayAsync(spare, cancellationToken);
    }

    private static Task DrainAsync(LabSite site, string command, LabHost host, CancellationToken cancellationToken) =>
        site.RunCommandAsync(cancellationToken, command, host.Name, "--kubeconfig", site.Paths.Kubeconfig);
}
