using System.Net;

using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Site;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Lab.Scenarios.LoseControl;

/// <summary>The disk of the API server is full, and then there is room again.</summary>
internal sealed class FullDisk(ScenarioContext context)
{
    private const int MostWrites = 1000;
    private const int WriteLength = 900_000;
    private const string MarkerLabel = "scenario";

    // Longer than a controller keeps its Lease without renewing it.
    private static readonly TimeSpan FullFor = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan FullForShort = TimeSpan.FromSeconds(5);

    private readonly LabSite _site = context.Site;
    private readonly List<string> _acknowledged = [];
    private readonly Findings _findings = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var disk = new SiteDisk(_site.Paths);
        try
        {
            IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
                async () =>
                {
                    context.Say("the disk of the API server is filled");
                    disk.Fill();
                    await WriteUntilRefusedAsync(cancellationToken);
                },
                context.IsQuick ? FullForShort : FullFor,
                cancellationToken);
            int loadBalancers = (await _site.Api.ListAsync<LoadBalancer>(new ListOptions { Namespace = SitePlan.Namespace }, cancellationToken)).Count;
            context.Say($"reads go on: {loadBalancers} load balancers");
            context.Judge(figures, new StepRules { Name = "API's disk full", Done = "the API server's disk is filled", Goal = "nothing lost; writes refused clearly", Findings = _findings });
        }
        finally
        {
            disk.Free();
        }

        await RecoverAsync(cancellationToken);
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say("there is room again");
                await findings.ExpectAsync(
                    _site,
                    "the API to take writes again",
                    async () =>
                    {
                        _ = await _site.Api.CreateAsync(Ballast("after", 1), cancellationToken);
                        _acknowledged.Add("after");
                        return (true, new FindingReport("writes are taken", null));
                    },
                    cancellationToken);
                string[] there = [.. (await ListAsync(cancellationToken)).Select(map => map.Metadata.Name!)];
                string[] lost = [.. _acknowledged.Except(there)];
                string[] surplus = [.. there.Except(_acknowledged)];
                if (lost.Length + surplus.Length > 0)
                {
                    findings.Miss($"of {_acknowledged.Count} acknowledged writes {lost.Length} are lost ({string.Join(", ", lost.Take(3))}); {surplus.Length} refused ones are there ({string.Join(", ", surplus.Take(3))})");
                }
                else
                {
                    findings.Add($"all {_acknowledged.Count} acknowledged writes are there, no refused one");
                }

                await _site.WaitUntilWholeAsync(cancellationToken);
            },
            TimeSpan.FromSeconds(3),
            cancellationToken);
        foreach (string name in _acknowledged)
        {
            await _site.Api.DeleteAsync<ConfigMap>(new ObjectKey(SitePlan.Namespace, name), null, cancellationToken);
        }

        context.Judge(figures, new StepRules { Name = "room again", Done = "the API server's disk has room again", Goal = "nothing lost, no write lost", Findings = findings });
        await context.RepairLoadAsync(cancellationToken);
    }

    /// <summary>Files that are prepared take some more.</summary>
    private async Task WriteUntilRefusedAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < MostWrites; i++)
        {
            try
            {
                string name = $"ballast-{i}";
                _ = await _site.Api.CreateAsync(Ballast(name, WriteLength), cancellationToken);
                _acknowledged.Add(name);
            }
            catch (ApiException e) when (e.StatusCode == HttpStatusCode.InsufficientStorage && e.Message.Contains("no room left on the disk", StringComparison.Ordinal))
            {
                _findings.Add($"after {_acknowledged.Count} more writes {e.Status.Code} {e.Reason}", e.Status.Message);
                return;
            }
            catch (ApiException e)
            {
                _findings.Miss($"a write was refused otherwise: {e.Message}");
                return;
            }
        }

        _findings.Miss($"{MostWrites} writes were taken though the disk is full");
    }

    private Task<List<ConfigMap>> ListAsync(CancellationToken cancellationToken) =>
        _site.Api.ListAsync<ConfigMap>(new ListOptions { Namespace = SitePlan.Namespace, LabelSelector = $"{MarkerLabel}=full-disk" }, cancellationToken);

    private static ConfigMap Ballast(string name, int length) => new()
    {
        Metadata = new ObjectMeta { Namespace = SitePlan.Namespace, Name = name, Labels = new() { [MarkerLabel] = "full-disk" } },
        Data = new() { ["ballast"] = new string('x', length) },
    };
}
