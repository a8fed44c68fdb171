using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.ContainFaults;

/// <summary>The router ends its session with a gateway again and again.</summary>
internal sealed class FlappingPeer(ScenarioContext context)
{
    // As many as it takes to be called flapping.
    private const int Ends = 3;

    private readonly LabSite _site = context.Site;

    /// <summary>The gateway.</summary>
    public LabHost Victim { get; } = context.Site.Gateways[0];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                for (int i = 0; i < Ends; i++)
                {
                    context.Say($"the router ends its session with {Victim.Name}");
                    await _site.Router.Daemons.AskAsync(cancellationToken, $"clear bgp {Victim.Ipv4}");
                    await _site.WaitUntilAnnouncedAsync(SitePlan.Gateways.Count - 1, cancellationToken);
                    await _site.WaitUntilAnnouncedAsync(SitePlan.Gateways.Count, cancellationToken);
                }

                await findings.ExpectSessionAsync(_site, Victim.Name, "Flapping", cancellationToken);
            },
            TimeSpan.FromSeconds(3),
            cancellationToken);
        context.Judge(figures, new StepRules
        {
            Name = "peer flaps",
            Done = $"the router ends its session with {Victim.Name} {Ends} times",
            Goal = "named; nothing lost, resets 0",
            IsAffected = flow => flow.Balancer.IsLayer3,
            Findings = findings,
        });
        await context.RepairLoadAsync(cancellationToken);
    }
}
