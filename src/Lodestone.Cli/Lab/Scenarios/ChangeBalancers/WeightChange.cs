using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Lab.Scenarios.ChangeBalancers;

/// <summary>The targets of a load balancer get weights, one of them 0; then they are equal again.</summary>
internal sealed class WeightChange(ScenarioContext context)
{
    private const string Label = "size";

    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await LabelAsync(name => name switch { "web-1" => "none", "web-2" => "large", _ => "other" }, cancellationToken);
        await StepAsync(
            "weights change",
            "the first target takes no new flows, the second three times as many",
            [WeightOf("none", 0), WeightOf("large", 255), WeightOf("other", 85)],
            cancellationToken);
        await StepAsync("weights back", "all targets weigh the same again", null, cancellationToken);
        await LabelAsync(_ => null, cancellationToken);
    }

    private async Task StepAsync(string name, string done, List<TargetWeight>? weights, CancellationToken cancellationToken)
    {
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say($"{SitePlan.Layer3Balancer}: {done}");
                LoadBalancerPolicy policy = await _site.Api.GetAsync<LoadBalancerPolicy>(new ObjectKey(SitePlan.Namespace, SitePlan.Layer3Balancer), cancellationToken);
                await _site.Api.UpdateAsync(policy, p => p.Spec.Weights = weights, cancellationToken);
                int weighed = weights is null ? 0 : _site.Lab.Workloads.Count;
                await _site.Objects.WaitAsync(
                    $"the routing of {SitePlan.Layer3Balancer} to have weights",
                    async () =>
                    {
                        LoadBalancerRouting routing = await _site.Api.GetAsync<LoadBalancerRouting>(new ObjectKey(SitePlan.Namespace, SitePlan.Layer3Balancer), cancellationToken);
                        int seen = (routing.Destinations ?? []).Where(d => d.Weight is not null and not LoadBalancerPolicySpec.DefaultWeight).Select(d => d.TargetRef?.Name).Distinct().Count();
                        return (seen == weighed, $"{seen} targets");
                    },
                    cancellationToken);
            },
            ChangeBalancersScenario.WindowOf(context),
            cancellationToken);
        context.Judge(figures, new StepRules
        {
            Name = name,
            Done = done,
            Goal = "every flow stays, nothing lost",
            IsAffected = flow => flow.Balancer.IsLayer3,
        });
        await context.RepairLoadAsync(cancellationToken);
    }

    private async Task LabelAsync(Func<string, string?> sizeOf, CancellationToken cancellationToken)
    {
        foreach (NetworkInterface nic in await _site.Api.ListAsync<NetworkInterface>(new ListOptions { Namespace = SitePlan.Namespace }, cancellationToken))
        {
            await _site.Api.UpdateAsync(nic, n => Set(n.Metadata.Labels ??= [], sizeOf(n.Metadata.Name!)), cancellationToken);
        }
    }

    private static void Set(Dictionary<string, string> labels, string? size)
    {
        if (size is null)
        {
            labels.Remove(Label);
        }
        else
        {
            labels[Label] = size;
        }
    }

    private static TargetWeight WeightOf(string size, int weight) => new() { Selector = new LabelSelector { MatchLabels = new() { [Label] = size } }, Weight = weight };
}
