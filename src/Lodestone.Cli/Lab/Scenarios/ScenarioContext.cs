using System.Globalization;

using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Site;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Lab.Scenarios;

/// <summary>What a scenario works with: a site, its load, and somebody who writes down what is measured.</summary>
/// <param name="site">The site.</param>
/// <param name="load">Its load, which runs.</param>
/// <param name="console">Where progress goes.</param>
/// <param name="isQuick">Whether few flows and short observations will do.</param>
internal sealed class ScenarioContext(LabSite site, LabLoad load, StepConsole console, bool isQuick)
{
    private readonly List<StepReport> _steps = [];

    /// <summary>The site.</summary>
    public LabSite Site => site;

    /// <summary>What may happen to its machines.</summary>
    public SiteMachines Machines { get; } = new(site);

    /// <summary>Whether observations may be short.</summary>
    public bool IsQuick => isQuick;

    /// <summary>The clock.</summary>
    public TimeProvider Time => site.Time;

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<StepReport> Steps => _steps;

    /// <summary>Tells what is being done.</summary>
    public void Say(string text) => console.Event(text);

    /// <summary>Which flows take a gateway, by the packets on its cable; listens long enough that every flow sends.</summary>
    public Task<HashSet<FlowPath>> ListenAsync(LabHost host, CancellationToken cancellationToken) =>
        CableTap.ListenAsync(site, host, TimeSpan.FromSeconds(1.5), cancellationToken);

    /// <summary>Does something under load.</summary>
    /// <param name="action">What is done.</param>
    /// <param name="after">For how long the load is looked at afterwards.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What each flow met, from just before it was done.</returns>
    public async Task<IReadOnlyList<FlowFigures>> WatchAsync(Func<Task> action, TimeSpan after, CancellationToken cancellationToken)
    {
        await using var owners = new OwnerWatch(site);
        load.Begin();
        await action();
        await Task.Delay(after, Time, cancellationToken);
        IReadOnlyList<FlowFigures> figures = await load.EndAsync(cancellationToken);
        foreach ((string balancer, IReadOnlyList<string> moves) in await owners.StopAsync())
        {
            Say($"{balancer} moved on the segment: {string.Join(", then ", moves)}");
        }

        return figures;
    }

    /// <summary>Judges what flows met, and writes it down.</summary>
    public StepReport Judge(IReadOnlyList<FlowFigures> figures, StepRules rules) => Add(StepJudge.Judge(rules, figures, ReadLoadAverage()));

    /// <summary>Writes down a step that was judged otherwise.</summary>
    public StepReport Add(StepReport step)
    {
        _steps.Add(step);
        string verdict = step.Verdict == "ok" ? console.Style.Good("ok") : console.Style.Bad("missed");
        console.Event($"{step.Name}: {verdict}; goal: {step.Goal}");
        console.Event($"  affected: {Describe(step.Affected)}; untouched: {Describe(step.Unaffected)}; resets {step.Resets}, failed requests {step.FailedRequests}, load average {step.LoadAverage:F1}");
        foreach (FindingReport found in step.Found)
        {
            console.Event($"  found: {found}");
        }

        foreach (string problem in step.Problems)
        {
            console.Event(console.Style.Bad($"  {problem}"));
        }

        return step;
    }

    /// <summary>Opens connections anew that were lost, so that the next step has a whole load.</summary>
    public Task RepairLoadAsync(CancellationToken cancellationToken) => RepairLoadAsync(_ => false, cancellationToken);

    /// <summary>The same, and of all flows of targets that are gone.</summary>
    /// <param name="isGone">Which these are, by their names.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RepairLoadAsync(Func<string, bool> isGone, CancellationToken cancellationToken)
    {
        int count = await load.RepairAsync(isGone, cancellationToken);
        if (count > 0)
        {
            Say($"{count} flows that were lost are opened anew");
        }
    }

    private static string Describe(IReadOnlyDictionary<string, LoadReport> kinds) => kinds.Count == 0
        ? "none"
        : string.Join(", ", kinds.Select(kind => $"{kind.Value.Flows} {kind.Key} {kind.Value.GapMs:F0} ms{(kind.Value.Lost > 0 ? $" ({kind.Value.Lost} lost)" : "")}{(kind.Value.Retried > 0 ? $" ({kind.Value.Retried} SYNs sent again)" : "")}"));

    private static double ReadLoadAverage() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
