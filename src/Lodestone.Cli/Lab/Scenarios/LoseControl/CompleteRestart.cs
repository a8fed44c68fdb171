using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Lab.Scenarios.LoseControl;

/// <summary>API server, controllers and agents of all machines die in one moment, amid writes, and are all started again.</summary>
internal sealed class CompleteRestart(ScenarioContext context)
{
    private const string MarkerLabel = "scenario";
    private const string Marker = "complete-restart";

    private static readonly TimeSpan DeadFor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WriteTime = TimeSpan.FromSeconds(1);

    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var findings = new Findings();
        List<string> acknowledged = [];
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                Task writing = WriteUntilDeadAsync(acknowledged, cancellationToken);
                await Task.Delay(WriteTime, context.Time, cancellationToken);
                LabHost[] hosts = [.. _site.Gateways, .. _site.Hypervisors];
                string[] names = [SitePlan.ApiServer, .. SitePlan.Controllers, .. hosts.Select(LabSite.AgentOf)];
                context.Say($"kill -9 {string.Join(", ", names)}");
                await Task.WhenAll(names.Select(_site.Processes.KillAsync));
                await writing;
                await Task.Delay(DeadFor, context.Time, cancellationToken);
                context.Say("all are started again");
                long start = context.Time.GetTimestamp();
                foreach (string controller in SitePlan.Controllers)
                {
                    _site.StartController(controller);
                }

                await Task.WhenAll([_site.StartApiServerAsync(cancellationToken), .. hosts.Select(host => _site.StartAgentAsync(host, cancellationToken))]);
                await _site.WaitUntilWholeAsync(cancellationToken);
                findings.Add($"whole again after {context.Time.GetElapsedTime(start).TotalSeconds:F1} s");
            },
            TimeSpan.FromSeconds(context.IsQuick ? 3 : SitePlan.TransitionSeconds + 3),
            cancellationToken);
        List<ConfigMap> there = await _site.Api.ListAsync<ConfigMap>(new ListOptions { Namespace = SitePlan.Namespace, LabelSelector = $"{MarkerLabel}={Marker}" }, cancellationToken);
        string[] lost = [.. acknowledged.Except(there.Select(map => map.Metadata.Name!))];
        if (lost.Length > 0)
        {
            findings.Miss($"{lost.Length} of {acknowledged.Count} acknowledged writes are lost: {string.Join(", ", lost.Take(5))}");
        }
        else
        {
            findings.Add($"all {acknowledged.Count} acknowledged writes are there");
        }

        foreach (ConfigMap map in there)
        {
            await _site.Api.DeleteAsync<ConfigMap>(new ObjectKey(SitePlan.Namespace, map.Metadata.Name!), null, cancellationToken);
        }

        context.Judge(figures, new StepRules
        {
            Name = "everything at once",
            Done = "API server, controllers and all agents are killed with SIGKILL, and started again after 5 s",
            Goal = "nothing lost, resets 0, no write lost",
            Findings = findings,
        });
        await context.RepairLoadAsync(cancellationToken);
    }

    private async Task WriteUntilDeadAsync(List<string> acknowledged, CancellationToken cancellationToken)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                string name = $"restart-{i}";
                _ = await _site.Api.CreateAsync(
                    new ConfigMap { Metadata = new ObjectMeta { Namespace = SitePlan.Namespace, Name = name, Labels = new() { [MarkerLabel] = Marker } } }, cancellationToken);
                acknowledged.Add(name);
            }
        }
        catch (Exception e) when (e is HttpRequestException or ApiException)
        {
            // The server is gone; what it did not acknowledge may be there or not.
        }
    }
}
