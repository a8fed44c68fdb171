using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Lab.Report;
using Lodestone.Cli.Lab.Site;
using Lodestone.Client.Http;

namespace Lodestone.Cli.Lab.Scenarios;

/// <summary>Reads what the API says of a site, as an operator would, until it says what is expected.</summary>
internal static class SiteWitness
{
    /// <summary>A condition of a Host.</summary>
    public static Task ExpectHostAsync(this Findings findings, LabSite site, string host, string type, string status, string reason, CancellationToken cancellationToken) =>
        findings.ExpectAsync(
            site,
            $"condition {type}={status} {reason} of Host {host}",
            async () => Of($"Host {host}", (await site.Api.TryGetAsync<Host>(new ObjectKey("", host), cancellationToken))?.Status?.Conditions, type, status, reason),
            cancellationToken);

    /// <summary>A condition of a LoadBalancer.</summary>
    public static Task ExpectBalancerAsync(this Findings findings, LabSite site, string name, string type, string status, string reason, CancellationToken cancellationToken) =>
        findings.ExpectAsync(
            site,
            $"condition {type}={status} {reason} of LoadBalancer {name}",
            async () => Of(
                $"LoadBalancer {name}", (await site.Api.TryGetAsync<LoadBalancer>(new ObjectKey(SitePlan.Namespace, name), cancellationToken))?.Status?.Conditions, type, status, reason),
            cancellationToken);

    /// <summary>A host's session with the router, in the status of the BGPPeer.</summary>
    public static Task ExpectSessionAsync(this Findings findings, LabSite site, string host, string reason, CancellationToken cancellationToken) =>
        findings.ExpectAsync(
            site,
            $"session {reason} of {host}",
            async () =>
            {
                List<BGPPeer> peers = await site.Api.ListAsync<BGPPeer>(new ListOptions(), cancellationToken);
                BGPSession? session = peers.SelectMany(peer => peer.Status?.Sessions ?? []).FirstOrDefault(s => s.Host == host);
                return (session?.Reason == reason, new FindingReport($"BGPPeer session of {host}: {session?.State} {session?.Reason}", session?.Message));
            },
            cancellationToken);

    private static (bool IsSo, FindingReport Seen) Of(string of, List<Condition>? conditions, string type, string status, string reason)
    {
        Condition? condition = conditions?.Find(c => c.Type == type);
        return (condition?.Status == status && condition.Reason == reason, new FindingReport($"{of} {type}={condition?.Status ?? "none"} {condition?.Reason}", condition?.Message));
    }
}
