using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;

namespace Lodestone.Cli.Drain;

/// <summary>What a Host that is drained still takes. Pure.</summary>
/// <param name="Addresses">Addresses that it announces.</param>
/// <param name="Targets">Targets on it that load balancers send new flows to.</param>
/// <param name="Behind">Load balancers whose gateways have not all taken up that a target on it drains, with such a gateway; sorted.</param>
internal sealed record DrainProgress(int Addresses, int Targets, IReadOnlyList<string> Behind)
{
    private const int Shown = 3;

    /// <summary>Whether no new flow comes to it any more.</summary>
    public bool IsDone => Addresses == 0 && Targets == 0 && Behind.Count == 0;

    /// <summary>Reads it off the objects.</summary>
    /// <param name="host">The Host that is drained.</param>
    /// <param name="hosts">All Hosts.</param>
    /// <param name="loadBalancers">All load balancers.</param>
    /// <param name="routings">All routings.</param>
    /// <param name="slices">All slices of routings.</param>
    public static DrainProgress Of(
        Host host,
        IReadOnlyCollection<Host> hosts,
        IEnumerable<LoadBalancer> loadBalancers,
        IReadOnlyCollection<LoadBalancerRouting> routings,
        IReadOnlyCollection<LoadBalancerRoutingSlice> slices)
    {
        string name = host.Metadata.Name ?? "";
        var listed = routings.SelectMany(routing => (routing.Slices ?? []).Select(slice => $"{routing.Metadata.Namespace}/{slice.Name}")).ToHashSet(StringComparer.Ordinal);
        int targets = routings.Sum(routing => CountOn(name, routing.Destinations))
            + slices.Where(slice => listed.Contains(slice.Key.ToString())).Sum(slice => CountOn(name, slice.Destinations));

        // A machine whose agent is gone announces nothing that it could take back.
        bool isReady = IsReady(host);
        HashSet<string> gateways = [.. hosts.Where(h => h.Spec.Roles?.Contains("Gateway") == true && IsReady(h)).Select(h => h.Metadata.Name ?? "")];
        var generations = routings
            .Where(routing => routing.RingGeneration is not null && (CountDraining(name, routing.Draining) > 0 || routing.Slices is { Count: > 0 }))
            .ToDictionary(routing => routing.Key, routing => routing.RingGeneration!.Value);
        List<string> behind = [];
        foreach (LoadBalancer lb in loadBalancers)
        {
            if (generations.TryGetValue(lb.Key, out long generation)
                && lb.Status?.Gateways?.Find(g => gateways.Contains(g.Name) && !(g.RingGeneration >= generation)) is { } gateway)
            {
                behind.Add($"{lb.Key} on {gateway.Name}");
            }
        }

        behind.Sort(StringComparer.Ordinal);
        return new DrainProgress(isReady ? host.Status?.AnnouncedAddresses ?? 0 : 0, targets, behind);
    }

    /// <summary>Names of other gateways that would announce.</summary>
    public static IEnumerable<string> OtherGateways(string name, IEnumerable<Host> hosts) =>
        hosts.Where(h => h.Metadata.Name != name && h.Spec.Roles?.Contains("Gateway") == true && h.Spec.Drain != true && IsReady(h)).Select(h => h.Metadata.Name ?? "");

    /// <inheritdoc/>
    public override string ToString()
    {
        List<string> parts = [];
        if (Addresses > 0)
        {
            parts.Add($"announces {Addresses} {(Addresses == 1 ? "address" : "addresses")}");
        }

        if (Targets > 0)
        {
            parts.Add($"{Targets} {(Targets == 1 ? "target takes" : "targets take")} new flows");
        }

        if (Behind.Count > 0)
        {
            parts.Add($"not taken up yet: {string.Join(", ", Behind.Take(Shown))}{(Behind.Count > Shown ? $" and {Behind.Count - Shown} more" : "")}");
        }

        return parts.Count == 0 ? "takes no new flows" : string.Join("; ", parts);
    }

    private static bool IsReady(Host host) => host.Status?.Conditions?.Find(c => c.Type == "Ready")?.Status == "True";

    private static int CountOn(string host, List<LoadBalancerDestination>? destinations) => destinations?.Count(d => IsOn(host, d.TargetRef)) ?? 0;

    private static int CountDraining(string host, List<LoadBalancerDraining>? draining) => draining?.Count(d => IsOn(host, d.TargetRef)) ?? 0;

    private static bool IsOn(string host, LoadBalancerTargetRef? target) => ProviderId.TryParse(target?.ProviderID, out ProviderId id) && id.Host == host;
}
