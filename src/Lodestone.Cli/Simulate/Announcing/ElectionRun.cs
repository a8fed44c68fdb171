using Lodestone.Agent.Desired;
using Lodestone.Cli.Simulate.Flows;
using Lodestone.Cli.Simulate.Report;
using Lodestone.Cli.Simulate.Site;

namespace Lodestone.Cli.Simulate.Announcing;

/// <summary>Who announces which VIP, and who does when a gateway comes or goes.</summary>
internal sealed class ElectionRun(SiteObjects site)
{
    public IEnumerable<ElectionResult> All()
    {
        foreach (int gateways in new SortedSet<int> { 2, 4, site.Scale.Gateways })
        {
            string[] names = [.. Enumerable.Range(0, gateways).Select(SiteObjects.HostName)];
            string[] owners = Elect(names);
            int[] counts = [.. names.Select(name => owners.Count(owner => owner == name))];
            double[] even = [.. names.Select(_ => 1.0 / gateways)];
            yield return Result("one is lost", Elect(names[1..]), (double)counts[0] / owners.Length);
            yield return Result("one more", Elect([.. names, SiteObjects.HostName(gateways)]), 1.0 / (gateways + 1));

            ElectionResult Result(string change, string[] after, double fewest) => new(
                gateways,
                change,
                owners.Length,
                Stopwatches.Round((double)owners.Zip(after).Count(pair => pair.First != pair.Second) / owners.Length),
                Stopwatches.Round(fewest),
                Evenness.MaxToMean(counts, even),
                Evenness.ChiSquare(counts, even));
        }
    }

    private string[] Elect(string[] gateways) =>
        [.. Enumerable.Range(0, site.Scale.LoadBalancers).Select(lb => GatewayElection.Elect(gateways, site.UidOf("LoadBalancer", lb))!)];
}
