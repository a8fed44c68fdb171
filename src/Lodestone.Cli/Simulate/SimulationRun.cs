using System.Globalization;
using Lodestone.Cli.Simulate.Agents;
using Lodestone.Cli.Simulate.Announcing;
using Lodestone.Cli.Simulate.Controllers;
using Lodestone.Cli.Simulate.Flows;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Simulate;

/// <summary>All parts of <c>lodestone simulate</c>, one after the other.</summary>
internal sealed class SimulationRun(SimulationOptions options, Action<string> say)
{
    public async Task<SimulationReport> RunAsync(CancellationToken cancellationToken)
    {
        // Once through, so that no figure holds the compiler's work.
        await MeasureAsync(options.Scale.At(1), static _ => { }, cancellationToken);
        var sizes = new List<SizeResult>();
        foreach (SimulationScale scale in options.Percents.Order().Select(percent => options.Scale.At(percent)).Distinct())
        {
            say($"{scale}");
            sizes.Add(await MeasureAsync(scale, say, cancellationToken));
        }

        say("announcing and flows");
        return new SimulationReport(
            MachineText.Of(),
            TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            options.Scale,
            options.Seed,
            options.Flows,
            sizes,
            [.. sizes.Select(size => new AnnounceRun(say).Measure(size.Scale.LoadBalancers))],
            [.. new ElectionRun(new SiteObjects(options.Scale, options.Seed)).All()],
            [.. new TargetChangeRun(options.Flows, options.Seed).All()],
            [.. new GatewayChangeRun(options.Flows, options.Seed).All()],
            [.. new BalanceRun(options.Flows, options.Seed).All()]);
    }

    private async Task<SizeResult> MeasureAsync(SimulationScale scale, Action<string> tell, CancellationToken cancellationToken)
    {
        var site = new SiteObjects(scale, options.Seed);
        ControllerResult controllers = await new ControllerRun(site, options.Seed, tell).RunAsync(cancellationToken);
        (CacheResult cache, IReadOnlyList<KindResult> kinds, PlanResult gateway, PlanResult hypervisor) = await new AgentRun(site, tell).RunAsync(cancellationToken);
        return new SizeResult(scale, kinds, cache, gateway, hypervisor, controllers, [.. new Traffic(site).All()]);
    }
}
