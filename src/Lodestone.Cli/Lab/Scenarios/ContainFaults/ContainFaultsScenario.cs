namespace Lodestone.Cli.Lab.Scenarios.ContainFaults;

/// <summary>Faults of the network and of configuration: each is found, named, and meets nobody else.</summary>
internal sealed class ContainFaultsScenario : LabScenario
{
    /// <inheritdoc/>
    public override string Name => "contain-faults";

    /// <inheritdoc/>
    public override string Shows => "A flapping peer, a duplicate address, a wrong password, two owners of an address, a narrow path: found, named in the API, and without effect on others.";

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context, CancellationToken cancellationToken)
    {
        // What is remembered longest comes first: the last step waits until it is forgotten.
        var flapping = new FlappingPeer(context);
        await flapping.RunAsync(cancellationToken);
        await new DuplicateAddress(context).RunAsync(cancellationToken);
        await new WrongPassword(context).RunAsync(cancellationToken);
        await new SplitBrain(context).RunAsync(cancellationToken);
        await new NarrowPath(context).RunAsync(cancellationToken);
        if (!context.IsQuick)
        {
            await new Healing(context, flapping.Victim, DuplicateAddress.Balancer).RunAsync(cancellationToken);
        }

        await context.Site.WaitUntilWholeAsync(cancellationToken);
    }
}
