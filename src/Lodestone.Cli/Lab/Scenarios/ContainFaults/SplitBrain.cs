using System.Net;

using Lodestone.Cli.Lab.Load;
using Lodestone.Cli.Lab.Site;
using Lodestone.Linux;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Lab.Scenarios.ContainFaults;

/// <summary>Gateways don't hear each other on the segment any more, and one of them does not reach the API either: two answer for its addresses.</summary>
internal sealed class SplitBrain(ScenarioContext context)
{
    private static readonly TimeSpan Observation = TimeSpan.FromSeconds(5);

    private readonly LabSite _site = context.Site;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var segment = new SegmentObserver(_site.Lab.Client);
        LabHost victim = _site.Gateways.MaxBy(gateway => OwnedBy(gateway).Length)!;
        IPAddress[] owned = OwnedBy(victim);
        LabNode api = _site.Node(SitePlan.ApiServer);
        try
        {
            await StepAsync(
                "gateways apart",
                "the segment passes nothing between gateways; each reaches router, hypervisors and API",
                async findings =>
                {
                    SetApart(true);
                    await Task.Delay(Observation, context.Time, cancellationToken);
                    await ExpectOwnersAsync(findings, segment, owned, owners => owners.SequenceEqual([victim.Name]), $"{victim.Name} alone", cancellationToken);
                },
                cancellationToken);
            await StepAsync(
                "two owners",
                $"and {victim.Name} does not reach the API: others take over, which it can't hear",
                async findings =>
                {
                    SiteWays.Cut(victim, api);
                    await findings.ExpectHostAsync(_site, victim.Name, "Ready", "False", "LeaseExpired", cancellationToken);
                    await ExpectOwnersAsync(findings, segment, owned, owners => owners.Length == 2 && owners.Contains(victim.Name), $"{victim.Name} and another", cancellationToken);
                },
                cancellationToken);
            await StepAsync(
                "segment whole",
                $"gateways hear each other again; {victim.Name} still does not reach the API",
                async findings =>
                {
                    SetApart(false);
                    await ExpectOwnersAsync(findings, segment, owned, owners => owners.Length == 1 && !owners.Contains(victim.Name), $"one, and not {victim.Name}", cancellationToken);
                },
                cancellationToken);
        }
        finally
        {
            SetApart(false);
            SiteWays.Mend(victim, api);
        }

        await StepAsync(
            "API back",
            $"{victim.Name} reaches the API again",
            async findings =>
            {
                await findings.ExpectHostAsync(_site, victim.Name, "Ready", "True", "AgentReady", cancellationToken);
                await ExpectOwnersAsync(findings, segment, owned, owners => owners.SequenceEqual([victim.Name]), $"{victim.Name} alone", cancellationToken);
                await _site.WaitUntilWholeAsync(cancellationToken);
            },
            cancellationToken);
    }

    private async Task StepAsync(string name, string done, Func<Findings, Task> action, CancellationToken cancellationToken)
    {
        context.Say(done);
        var findings = new Findings();
        IReadOnlyList<FlowFigures> figures = await context.WatchAsync(() => action(findings), Observation, cancellationToken);
        context.Judge(figures, new StepRules
        {
            Name = name,
            Done = done,
            Goal = "nothing lost, resets 0",
            IsAffected = flow => !flow.Balancer.IsLayer3,
            Findings = findings,
        });
        await context.RepairLoadAsync(cancellationToken);
    }

    private Task ExpectOwnersAsync(Findings findings, SegmentObserver segment, IPAddress[] vips, Func<string[], bool> isSo, string wanted, CancellationToken cancellationToken) => findings.ExpectAsync(
        _site,
        $"{string.Join(", ", vips.Select(vip => vip.ToString()))} to be answered for by {wanted}",
        async () =>
        {
            HashSet<string> seen = [];
            bool all = true;
            foreach (IPAddress vip in vips)
            {
                string[] owners = [.. (await segment.OwnersAsync(vip, cancellationToken)).Select(NameOf).Order(StringComparer.Ordinal)];
                all &= isSo(owners);
                seen.Add(string.Join(" and ", owners));
            }

            return (all, new($"{vips.Length} addresses are answered for by {string.Join(", or ", seen)}", null));
        },
        cancellationToken);

    private string NameOf(MacAddress address) => _site.Gateways.FirstOrDefault(gateway => gateway.LinkAddress == address)?.Name ?? address.ToString();

    private IPAddress[] OwnedBy(LabHost gateway) =>
        [.. _site.Balancers.Where(balancer => !balancer.IsLayer3 && _site.OwnerOf(balancer.Vips[0]) == gateway).SelectMany(balancer => balancer.Vips)];

    private void SetApart(bool areApart)
    {
        using RtNetlink segment = RtNetlink.Open(_site.Lab.Segment);
        foreach (LabHost gateway in _site.Gateways)
        {
            segment.SetLink(segment.GetLink(gateway.Name).Index, new LinkSettings { IsIsolated = areApart });
        }
    }
}
