using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.LoseControl;

/// <summary>Both controllers die; later both are started again, and one takes over.</summary>
internal sealed class ControllerDeath(ScenarioContext context)
{
    private const string Late = "late";

    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say($"kill -9 {string.Join(" and ", SitePlan.Controllers)}");
                await Task.WhenAll(SitePlan.Controllers.Select(_site.Processes.KillAsync));
                await _site.Api.CreateAsync(SiteObjects.Balancer(Late), cancellationToken);
            },
            TimeSpan.FromSeconds(context.IsQuick ? 3 : 10),
            cancellationToken);
        LoadBalancer waiting = await _site.Api.GetAsync<LoadBalancer>(new ObjectKey(SitePlan.Namespace, Late), cancellationToken);
        if (waiting.Status?.Ips is { Count: > 0 })
        {
            findings.Miss("a load balancer got addresses while no controller ran");
        }

        context.Judge(figures, new StepRules { Name = "both controllers dead", Done = "both controllers are killed with SIGKILL", Goal = "nothing lost, resets 0", Findings = findings });
        findings = new Findings();
        figures = await context.WatchAsync(
            async () =>
            {
                context.Say("both are started again");
                long start = context.Time.GetTimestamp();
                foreach (string controller in SitePlan.Controllers)
                {
                    _site.StartController(controller);
                }

                await findings.ExpectAsync(
                    _site,
                    "the load balancer that was created meanwhile to be served",
                    async () =>
                    {
                        LoadBalancer late = await _site.Api.GetAsync<LoadBalancer>(new ObjectKey(SitePlan.Namespace, Late), cancellationToken);
                        return (late.Status?.State == "Ready", new FindingReport($"LoadBalancer {Late}, created meanwhile: {late.Status?.State} after {context.Time.GetElapsedTime(start).TotalSeconds:F1} s", "a dead leader's lease lapses 15 s after a new one first saw it"));
                    },
                    cancellationToken);
                await RemoveLateAsync(cancellationToken);
                await _site.WaitUntilWholeAsync(cancellationToken);
            },
            TimeSpan.FromSeconds(2),
            cancellationToken);
        context.Judge(figures, new StepRules { Name = "controllers back", Done = "both controllers are started again", Goal = "nothing lost; one takes over", Findings = findings });
        await context.RepairLoadAsync(cancellationToken);
    }

    private async Task RemoveLateAsync(CancellationToken cancellationToken)
    {
        var key = new ObjectKey(SitePlan.Namespace, Late);
        await _site.Api.DeleteAsync<LoadBalancer>(key, null, cancellationToken);
        await _site.Objects.WaitAsync(
            $"LoadBalancer {Late} to be gone",
            async () => (await _site.Api.TryGetAsync<LoadBalancer>(key, cancellationToken) is null, "it is there"),
            cancellationToken);
    }
}
