namespace Lodestone.Cli.Lab.Scenarios;

/// <summary>Something that happens to a site under load, and what must hold meanwhile.</summary>
/// <remarks>It leaves the site as it found it. One that can't says so by an exception, and the site is built anew.</remarks>
internal abstract class LabScenario
{
    /// <summary>Its name on the command line, a word.</summary>
    public abstract string Name { get; }

    /// <summary>What it shows, in a sentence.</summary>
    public abstract string Shows { get; }

    /// <summary>Runs it. The load runs already, and goes on.</summary>
    /// <exception cref="CommandException">It can't go on.</exception>
    public abstract Task RunAsync(ScenarioContext context, CancellationToken cancellationToken);
}
