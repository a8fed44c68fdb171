using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.ContainFaults;

/// <summary>The router has another BGP password for a gateway than the Secret says.</summary>
internal sealed class WrongPassword(ScenarioContext context)
{
    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        LabHost victim = _site.Gateways[1];
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say($"the router gets a wrong password for {victim.Name}");
                await _site.Router.Daemons.ConfigureAsync(SitePlan.RouterAsn, cancellationToken, $"neighbor {victim.Ipv4} password not-this-one");
                await _site.WaitUntilAnnouncedAsync(SitePlan.Gateways.Count - 1, cancellationToken);
                await findings.ExpectSessionAsync(_site, victim.Name, "NoAnswer", cancellationToken);
            },
            TimeSpan.FromSeconds(5),
            cancellationToken);
        context.Judge(figures, RulesOf("wrong BGP password", $"the router's password for {victim.Name} is another than the Secret's", findings));
        findings = new Findings();
        figures = await context.WatchAsync(
            async () =>
            {
                context.Say("it gets the right one again");
                await _site.Router.Daemons.ConfigureAsync(SitePlan.RouterAsn, cancellationToken, $"neighbor {victim.Ipv4} password {SitePlan.RouterPassword}");
                await _site.WaitUntilAnnouncedAsync(SitePlan.Gateways.Count, cancellationToken);
                await findings.ExpectSessionAsync(_site, victim.Name, "Established", cancellationToken);
            },
            TimeSpan.FromSeconds(3),
            cancellationToken);
        context.Judge(figures, RulesOf("right password", $"the router's password for {victim.Name} is right again", findings));
        await context.RepairLoadAsync(cancellationToken);
    }

    private static StepRules RulesOf(string name, string done, Findings findings) => new()
    {
        Name = name,
        Done = done,
        Goal = "named; nothing lost, resets 0",
        IsAffected = flow => flow.Balancer.IsLayer3,
        Findings = findings,
    };
}
