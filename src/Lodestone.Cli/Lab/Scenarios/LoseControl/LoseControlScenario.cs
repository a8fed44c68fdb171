namespace Lodestone.Cli.Lab.Scenarios.LoseControl;

/// <summary>What steers the packets goes, part by part and then all at once: packets go on.</summary>
internal sealed class LoseControlScenario : LabScenario
{
    /// <inheritdoc/>
    public override string Name => "lose-control";

    /// <inheritdoc/>
    public override string Shows => "A gateway is cut from the API, the API's disk is full, controllers die, then everything at once: traffic goes on, nothing acknowledged is lost.";

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        await new GatewayCut(context).RunAsync(cancellationToken);
        await new FullDisk(context).RunAsync(cancellationToken);
        await new ControllerDeath(context).RunAsync(cancellationToken);
        await new CompleteRestart(context).RunAsync(cancellationToken);
        await context.Site.WaitUntilWholeAsync(cancellationToken);
    }
}
