using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.ChangeBalancers;

/// <summary>A load balancer gets a range of ports and loses one that is in use; then it is as before.</summary>
internal sealed class PortChange(ScenarioContext context)
{
    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string lose = $"{SitePlan.Layer3Balancer} gets TCP 8000 to 8999 and loses UDP {SitePlan.DatagramPort}";
        string regain = $"{SitePlan.Layer3Balancer} has its ports again";
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await StepAsync(
            lose,
            ports =>
            {
                ports.RemoveAll(port => port.Port == SitePlan.DatagramPort);
                ports.Add(new LoadBalancerPort { Protocol = "TCP", Port = 8000, EndPort = 8999 });
            },
            cancellationToken);

        // Its datagrams end: what was sent last is lost, or nothing was changed at all.
        foreach (FlowFigures flow in figures.Where(IsClosed).Where(flow => flow.Lost == 0))
        {
            findings.Miss($"datagrams to {flow.Path?.Vip} are answered though the port is closed");
        }

        findings.Add($"{figures.Count(flow => IsClosed(flow) && flow.Lost > 0)} flows to the port that is closed have ended");
        Judge("ports change", lose, figures, findings);

        figures = await StepAsync(
            regain,
            ports =>
            {
                ports.RemoveAll(port => port.EndPort is not null);
                ports.Add(new LoadBalancerPort { Protocol = "UDP", Port = SitePlan.DatagramPort });
            },
            cancellationToken);
        Judge("ports back", regain, figures, new Findings());
        await context.RepairLoadAsync(cancellationToken);
    }

    private static bool IsClosed(FlowFigures flow) => flow.Balancer.IsLayer3 && flow.Kind == LoadKind.Datagrams;

    private Task<IReadOnlyList<FlowFigures>> StepAsync(string what, Action<List<LoadBalancerPort>> change, CancellationToken cancellationToken) => context.WatchAsync(
        async () =>
        {
            context.Say(what);
            LoadBalancer balancer = await _site.Api.GetAsync<LoadBalancer>(new ObjectKey(SitePlan.Namespace, SitePlan.Layer3Balancer), cancellationToken);
            LoadBalancer changed = (await _site.Api.UpdateAsync(balancer, lb => change(lb.Spec.Ports!), cancellationToken))!;
            await _site.Objects.WaitAsync(
                $"every gateway to have generation {changed.Metadata.Generation} of {SitePlan.Layer3Balancer}",
                async () =>
                {
                    LoadBalancer lb = await _site.Api.GetAsync<LoadBalancer>(new ObjectKey(SitePlan.Namespace, SitePlan.Layer3Balancer), cancellationToken);
                    List<LoadBalancerGateway> gateways = lb.Status?.Gateways ?? [];
                    return (gateways.Count == SitePlan.Gateways.Count && gateways.TrueForAll(gateway => gateway.ObservedGeneration == changed.Metadata.Generation),
                        string.Join(", ", gateways.Select(gateway => $"{gateway.Name} {gateway.ObservedGeneration}")));
                },
                cancellationToken);
        },
        TimeSpan.FromSeconds(3),
        cancellationToken);

    private void Judge(string name, string done, IReadOnlyList<FlowFigures> figures, Findings findings) => context.Judge(figures, new StepRules
    {
        Name = name,
        Done = done,
        Goal = "nothing lost at other ports and load balancers",
        IsJudged = flow => !IsClosed(flow),
        IsAffected = flow => flow.Balancer.IsLayer3,
        Findings = findings,
    });
}
