using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.ChangeBalancers;

/// <summary>Load balancers change, come and go: flows of others, and those that the change leaves alone, notice nothing.</summary>
internal sealed class ChangeBalancersScenario : LabScenario
{
    /// <inheritdoc/>
    public override string Name => "change-balancers";

    /// <inheritdoc/>
    public override string Shows => "Ports, pools and weights change, and 100 load balancers a second come and go: no effect on other load balancers' flows.";

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        await new PortChange(context).RunAsync(cancellationToken);
        await new PoolChange(context).RunAsync(cancellationToken);
        await new WeightChange(context).RunAsync(cancellationToken);

        // A machine that carries the whole lab may lose BFD sessions under what comes next, and flows from before the weights changed would break, some of them, at
        // another gateway (ADR 0012).
        await context.RepairLoadAsync(_ => true, cancellationToken);
        await new Churn(context).RunAsync(cancellationToken);
        await context.Site.WaitUntilWholeAsync(cancellationToken);
    }

    /// <summary>How long a change of rings is looked at: until its window has closed.</summary>
    public static TimeSpan WindowOf(ScenarioContext context) => TimeSpan.FromSeconds(context.IsQuick ? 3 : SitePlan.TransitionSeconds + 3);
}
