using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Routing;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.LoseControl;

/// <summary>A gateway loses its way to the API, targets change meanwhile, and it finds the way again.</summary>
internal sealed class GatewayCut(ScenarioContext context)
{
    private static readonly TimeSpan Observation = TimeSpan.FromSeconds(3);

    /// <summary>Longer than the agent takes to give up its connection (two pings of 15 s), and to find that no new one comes about (10 s).</summary>
    private static readonly TimeSpan GivenUp = TimeSpan.FromSeconds(45);

    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        LabHost victim = _site.Gateways.MaxBy(gateway => OwnedBy(gateway).Length)!;
        LabWorkload spare = _site.Lab.Workloads[^1];
        await TakeTargetAwayAsync(spare, cancellationToken);

        HashSet<FlowPath> its = await context.ListenAsync(victim, cancellationToken);
        string[] owned = OwnedBy(victim);
        context.Say($"{its.Count} flows take {victim.Name}, which answers for {(owned.Length == 0 ? "no address" : string.Join(", ", owned))} on the segment");
        Dictionary<string, RouterSession> before = await _site.Router.SessionsAsync(cancellationToken);
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say($"{victim.Name} is cut from the API: what they send each other vanishes");
                SiteWays.Cut(victim, _site.Node(SitePlan.ApiServer));
                long cut = context.Time.GetTimestamp();
                await findings.ExpectHostAsync(_site, victim.Name, "Ready", "False", "LeaseExpired", cancellationToken);
                await WaitForOwnersAsync(victim, owned, cancellationToken);
                context.Say($"{spare.Name} becomes a target again, which {victim.Name} can't know");
                await _site.Objects.SelectAsync(spare.Name, isSelected: true, cancellationToken);
                await _site.Objects.WaitForTargetsAsync(_site.Lab.Workloads.Count, cancellationToken);
                await WaitForWindowAsync(cancellationToken);
                TimeSpan rest = GivenUp - context.Time.GetElapsedTime(cut);
                if (!context.IsQuick && rest > TimeSpan.Zero)
                {
                    await Task.Delay(rest, context.Time, cancellationToken);
                }
            },
            Observation,
            cancellationToken);
        context.Judge(figures, new StepRules
        {
            Name = "gateway cut from API",
            Done = $"{victim.Name} and the API server don't reach each other; a target is added meanwhile",
            Goal = "nothing lost, resets 0",
            IsAffected = flow => flow.Path is { } path ? its.Contains(path) : flow.Balancer.IsLayer3 || owned.Contains(flow.Balancer.Name),
            Findings = findings,
        });

        await ReturnAsync(victim, owned, before, cancellationToken);
    }

    private async Task ReturnAsync(LabHost victim, string[] owned, Dictionary<string, RouterSession> before, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say($"{victim.Name} reaches the API again");
                SiteWays.Mend(victim, _site.Node(SitePlan.ApiServer));
                await findings.ExpectHostAsync(_site, victim.Name, "Ready", "True", "AgentReady", cancellationToken);
                await _site.WaitUntilWholeAsync(cancellationToken);
                await _site.Objects.WaitAsync(
                    $"{victim.Name} to answer for {string.Join(", ", owned)} again",
                    () => Task.FromResult((owned.All(OwnedBy(victim).Contains), string.Join(", ", OwnedBy(victim)))),
                    cancellationToken);
            },
            TimeSpan.FromSeconds(SitePlan.TransitionSeconds + 3),
            cancellationToken);
        foreach ((string peer, RouterSession session) in await _site.Router.SessionsAsync(cancellationToken))
        {
            if (before.TryGetValue(peer, out RouterSession? was) && session.Drops != was.Drops)
            {
                findings.Miss($"the router's session with {peer} ended {session.Drops - was.Drops} times");
            }
        }

        context.Judge(figures, new StepRules
        {
            Name = "gateway back at API",
            Done = $"{victim.Name} reaches the API again",
            Goal = "nothing lost, resets 0, no BGP session ends",
            Findings = findings,
        });
        await context.RepairLoadAsync(cancellationToken);
    }

    /// <summary>Before anything is measured. All flows begin after it: those from before would break, some of them, when gateways change (ADR 0012).</summary>
    private async Task TakeTargetAwayAsync(LabWorkload spare, CancellationToken cancellationToken)
    {
        context.Say($"{spare.Name} is no target for now");
        await _site.Objects.SelectAsync(spare.Name, isSelected: false, cancellationToken);
        await _site.Objects.WaitForTargetsAsync(_site.Lab.Workloads.Count - 1, cancellationToken);
        await WaitForWindowAsync(cancellationToken);
        await context.RepairLoadAsync(_ => true, cancellationToken);
    }

    private async Task WaitForWindowAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(SitePlan.TransitionSeconds + 1), context.Time, cancellationToken);
        await _site.Objects.WaitUntilSettledAsync(cancellationToken);
    }

    private Task WaitForOwnersAsync(LabHost victim, string[] owned, CancellationToken cancellationToken) => _site.Objects.WaitAsync(
        $"others than {victim.Name} to answer for {string.Join(", ", owned)}",
        () => Task.FromResult((!OwnedBy(victim).Intersect(owned).Any(), string.Join(", ", OwnedBy(victim)))),
        cancellationToken);

    private string[] OwnedBy(LabHost gateway) =>
        [.. _site.Balancers.Where(balancer => !balancer.IsLayer3 && _site.OwnerOf(balancer.Vips[0]) == gateway).Select(balancer => balancer.Name)];
}
