using Lodestone.Cli.Demo;
using Lodestone.DatapathBench.Report;
using Lodestone.DatapathBench.Traffic;

namespace Lodestone.DatapathBench.Flood;

/// <summary>New and kept connections of one VIP, without a flood and with one that goes somewhere.</summary>
internal sealed class FloodRun(string executable, int floodCpu, TimeProvider time, Action<string> say)
{
    private const int Kept = 60;

    private static readonly TimeSpan SourcePeriod = TimeSpan.FromMilliseconds(500);

    /// <summary>Alternating rounds of all floods, in each phase.</summary>
    public async Task RunAsync(FloodResult result, CancellationToken cancellationToken)
    {
        DemoEnvironment environment = await DemoEnvironment.CreateAsync(new Progress<string>(), time, verbose: false, cancellationToken, executable, FloodSite.Options);
        await using var site = new FloodSite(environment);
        using var http = new HttpLoad();
        await site.StartAsync(cancellationToken);
        await TrafficRun.WarmUpAsync(site, http, time);
        await using KeptConnections kept = await KeptConnections.StartAsync(site.ClientSockets, site.Addresses[0], Kept, time, cancellationToken);
        foreach (FloodPhase phase in Enum.GetValues<FloodPhase>())
        {
            switch (phase)
            {
                case FloodPhase.FloodedInTransition:
                    await site.DrainAsync("sink-3", site.Flooded, cancellationToken);
                    break;
                case FloodPhase.BothInTransition:
                    await site.DrainAsync("web-3", site.Addresses[0], cancellationToken);
                    break;
            }

            for (int round = 0; round < result.Rounds; round++)
            {
                foreach (FloodTarget flood in Enum.GetValues<FloodTarget>())
                {
                    FloodSample sample = await MeasureAsync(site, http, kept, phase, flood, round, result.Seconds, cancellationToken);
                    result.Samples.Add(sample);
                    say($"{phase}, round {round + 1}, flood to {flood}: {sample.NewPerSecond:N0} new/s, {sample.Failures:N0} failed, {sample.KeptBroken} of {Kept} kept broken, {sample.FloodPerSecond:N0} SYNs/s");
                }
            }
        }
    }

    private async Task<FloodSample> MeasureAsync(
        FloodSite site, HttpLoad http, KeptConnections kept, FloodPhase phase, FloodTarget target, int round, int seconds, CancellationToken cancellationToken)
    {
        int broken = kept.Broken;
        ulong balanced = site.CountBalanced();
        kept.TakeLongestMs();
        using SynFlood? flood = target switch
        {
            FloodTarget.None => null,
            FloodTarget.OtherMachine => SynFlood.Start(site.Lab.Client, site.Lab.HostB, site.NoVip, floodCpu),
            FloodTarget.NoVip => SynFlood.Start(site.Lab.Client, site.Lab.HostA, site.NoVip, floodCpu),
            _ => SynFlood.Start(site.Lab.Client, site.Lab.HostA, site.Flooded, floodCpu),
        };
        long start = time.GetTimestamp();
        Task<(double PerSecond, long Failures)> running = http.RunAsync(site, isNew: true, seconds, cancellationToken);
        while (await Task.WhenAny(running, Task.Delay(SourcePeriod, cancellationToken)) != running)
        {
            site.NextSource();
        }

        (double perSecond, long failures) = await running;
        double took = time.GetElapsedTime(start).TotalSeconds;
        double sent = flood?.Sent / took ?? 0;
        return new FloodSample(
            phase,
            target,
            round,
            Math.Round(perSecond, 1),
            failures,
            kept.Broken - broken,
            kept.TakeLongestMs(),
            Math.Round(sent),
            Math.Round((site.CountBalanced() - balanced) / took));
    }
}
