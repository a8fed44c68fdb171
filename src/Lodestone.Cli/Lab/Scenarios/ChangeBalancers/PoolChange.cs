using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Scenarios.ChangeBalancers;

/// <summary>The pool that all addresses are from offers others instead; then it is as before.</summary>
internal sealed class PoolChange(ScenarioContext context)
{
    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<string> before = [];
        await StepAsync(
            "pool changes",
            "the pool offers other addresses instead of those in use",
            pool =>
            {
                before = pool.Addresses!;
                pool.Addresses = ["198.18.0.0/24", "2001:db8:beef::/112"];
            },
            cancellationToken);
        await StepAsync("pool back", "the pool offers what it did", pool => pool.Addresses = before, cancellationToken);
    }

    private async Task StepAsync(string name, string done, Action<AddressPoolSpec> change, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(
            async () =>
            {
                context.Say(done);
                AddressPool pool = await _site.Api.GetAsync<AddressPool>(new ObjectKey("", SiteObjects.PoolName), cancellationToken);
                await _site.Api.UpdateAsync(pool, p => change(p.Spec), cancellationToken);
            },
            TimeSpan.FromSeconds(5),
            cancellationToken);
        foreach (SiteBalancer now in await _site.Objects.ListBalancersAsync(cancellationToken))
        {
            if (!_site.Balancers.First(balancer => balancer.Name == now.Name).Vips.SequenceEqual(now.Vips))
            {
                findings.Miss($"{now.Name} has other addresses now: {string.Join(", ", now.Vips)}");
            }
        }

        context.Judge(figures, new StepRules { Name = name, Done = done, Goal = "nobody loses an address, nothing lost", Findings = findings });
        await context.RepairLoadAsync(cancellationToken);
    }
}
