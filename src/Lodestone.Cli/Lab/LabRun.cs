using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Scenarios;
using Lodestone.Cli.Lab.Site;
using Lodestone.Cli.Terminal;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Lab;

/// <summary>Runs scenarios one after the other on one site, each under a load of its own.</summary>
/// <param name="name">The site's name.</param>
/// <param name="console">Where progress goes.</param>
/// <param name="time">The clock.</param>
/// <param name="isQuick">Whether few flows and short observations will do.</param>
/// <param name="verbose">Whether processes that are started log everything.</param>
internal sealed class LabRun(string name, StepConsole console, TimeProvider time, bool isQuick, bool verbose)
{
    /// <summary>Runs them. The site is built where there is none, and built anew after a scenario that could not leave it as it was.</summary>
    public async Task<LabReport> RunAsync(IReadOnlyList<LabScenario> scenarios, CancellationToken cancellationToken)
    {
        List<ScenarioReport> reports = [];
        LabSite? site = null;
        try
        {
            foreach (LabScenario scenario in scenarios)
            {
                site ??= await OpenAsync(cancellationToken);
                ScenarioReport report = await RunAsync(site, scenario, cancellationToken);
                reports.Add(report);
                if (report.Error is not null)
                {
                    console.Event("the lab is not as it was; it will be built anew");
                    await site.DisposeAsync();
                    site = null;
                    _ = await LabSite.RemoveAsync(name);
                }
            }
        }
        finally
        {
            if (site is not null)
            {
                await site.DisposeAsync();
            }
        }

        return new LabReport { Result = reports.TrueForAll(report => report.Result == "ok") ? "ok" : "failed", Scenarios = reports };
    }

    private async Task<LabSite> OpenAsync(CancellationToken cancellationToken)
    {
        if (await LabSite.TryOpenAsync(name, time, verbose, cancellationToken) is { } standing)
        {
            console.Step($"The lab that stands, {standing.Lab.Id}");
            await standing.WaitUntilWholeAsync(cancellationToken);
            return standing;
        }

        console.Step("A lab in network namespaces");
        return await LabSite.BuildAsync(name, console, time, verbose, cancellationToken);
    }

    private async Task<ScenarioReport> RunAsync(LabSite site, LabScenario scenario, CancellationToken cancellationToken)
    {
        console.Step($"{scenario.Name}: {scenario.Shows}");
        long start = time.GetTimestamp();
        string? error = null;
        IReadOnlyList<StepReport> steps = [];
        await using (var load = new LabLoad(site, isQuick))
        {
            var context = new ScenarioContext(site, load, console, isQuick);
            try
            {
                await load.StartAsync(cancellationToken);
                console.Event($"load: {load}");
                await scenario.RunAsync(context, cancellationToken);
            }
            catch (Exception e) when (e is CommandException or ApiException or HttpRequestException or TimeoutException or IOException or Linux.LinuxException)
            {
                error = e.Message;
                console.Event(console.Style.Bad(error));
            }

            steps = context.Steps;
        }

        return new ScenarioReport
        {
            Name = scenario.Name,
            Shows = scenario.Shows,
            Result = error is null && steps.All(step => step.Verdict == "ok") ? "ok" : "failed",
            Resets = steps.Sum(step => step.Resets),
            LossMs = steps.Select(step => step.LossMs).DefaultIfEmpty().Max(),
            Seconds = Math.Round(time.GetElapsedTime(start).TotalSeconds, 1),
            Error = error,
            Steps = steps,
        };
    }
}
