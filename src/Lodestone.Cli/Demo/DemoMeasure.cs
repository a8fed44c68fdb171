using System.Net;

using Lodestone.Cli.Demo.Report;
using Lodestone.Cli.Lab.Traffic;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Demo;

/// <summary>New connections from the client to the VIPs, and who answers them.</summary>
/// <param name="load">Sends the requests.</param>
/// <param name="ipv4">The IPv4 VIP.</param>
/// <param name="ipv6">The IPv6 VIP.</param>
/// <param name="time">The clock.</param>
internal sealed class DemoMeasure(RequestLoad load, IPAddress ipv4, IPAddress ipv6, TimeProvider time)
{
    private const int BarWidth = 40;

    // Enough that a target with a quarter of the traffic is missed once in 10^25 times.
    private const int ProbeRequests = 200;

    private static readonly TimeSpan ProbePause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ConvergenceLimit = TimeSpan.FromSeconds(15);

    /// <summary>The VIPs.</summary>
    public IReadOnlyList<IPAddress> Vips { get; } = [ipv4, ipv6];

    /// <summary>Sends requests over each family, one after the other.</summary>
    public async Task<(RequestTally Ipv4, RequestTally Ipv6)> SendAsync(int perFamily, CancellationToken cancellationToken) => (
        await load.SendAsync(ipv4, perFamily, cancellationToken),
        await load.SendAsync(ipv6, perFamily, cancellationToken));

    /// <summary>Sends requests over both families at once while something else is going on.</summary>
    public async Task<RequestTally> SendWhileAsync(Task task, CancellationToken cancellationToken)
    {
        RequestTally[] tallies = await Task.WhenAll(
            load.SendWhileAsync(ipv4, ProbeRequests, task, cancellationToken),
            load.SendWhileAsync(ipv6, ProbeRequests, task, cancellationToken));
        await task;
        return tallies[0] + tallies[1];
    }

    /// <summary>Sends requests until a target answers some over both families, or none any more.</summary>
    /// <param name="target">The target.</param>
    /// <param name="present">Whether it is to answer.</param>
    /// <param name="change">Brings that about.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How long it took, from before the change to the end of the requests that showed it.</returns>
    /// <exception cref="CommandException">It took too long.</exception>
    public async Task<TimeSpan> WaitForTargetAsync(string target, bool present, Func<Task> change, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        await change();
        while (true)
        {
            (RequestTally over4, RequestTally over6) = await SendAsync(ProbeRequests, cancellationToken);
            if (over4.Of(target) > 0 == present && over6.Of(target) > 0 == present)
            {
                return time.GetElapsedTime(start);
            }

            if (time.GetElapsedTime(start) > ConvergenceLimit)
            {
                throw new CommandException(
                    $"{ConvergenceLimit.TotalSeconds} s after the change, {target} {(present ? "gets no" : "still gets")} new connections: {over4.Of(target)} of {over4.Requests} over IPv4, {over6.Of(target)} of {over6.Requests} over IPv6");
            }

            await Task.Delay(ProbePause, time, cancellationToken);
        }
    }

    /// <summary>Draws the targets' shares.</summary>
    public static void Draw(StepConsole console, string title, RequestTally tally, IReadOnlyList<string> targets, Func<string, string> hostOf)
    {
        double ideal = 1.0 / targets.Count;
        console.Line($"{console.Style.Bold(title)}  {tally.Requests} new connections, ideal {ideal:P1} each");
        foreach (string target in targets)
        {
            // The full width is twice the ideal share, so that the ideal is in the middle.
            string bar = console.Style.Good(Bar.Draw(tally.ShareOf(target) / (2 * ideal), BarWidth));
            console.Line($"  {target}  {hostOf(target)}  {bar} {tally.ShareOf(target),6:P1}  {tally.Of(target),5}");
        }
    }

    /// <summary>What the report says of one family.</summary>
    public static FamilyReport Report(IPAddress vip, RequestTally tally, IReadOnlyList<string> targets) => new()
    {
        Vip = vip.ToString(),
        Requests = tally.Requests,
        Failed = tally.Failures.Count,
        PerTarget = targets.ToDictionary(t => t, tally.Of),
        Spread = Math.Round(tally.SpreadOver(targets), 4),
    };
}
