using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>
/// The condition Programmed: who has a load balancer in his data path. Of a public one that is wanted of every gateway, of an Internal one of
/// every host that has an interface of its network, since it is balanced where packets come from. Pure: only what it is given decides.
/// </summary>
/// <param name="Programmed">The condition.</param>
/// <param name="Generation">The load balancer's generation that the condition speaks of: the oldest that a gateway that counts has.</param>
/// <param name="IsAnyBehind">Whether a gateway has not taken up a change yet, waited for or not.</param>
/// <param name="RetryAfter">When a gateway that is behind, but still waited for, no longer counts; null: none is.</param>
internal sealed record GatewayReadiness(Finding Programmed, long? Generation, bool IsAnyBehind, TimeSpan? RetryAfter)
{
    internal const string NoGateway = "NoGateway";
    internal const string NoHost = "NoHost";
    internal const string NoAddress = "NoAddress";
    internal const string GatewayPending = "GatewayPending";

    private const int ShownGaps = 3;

    /// <summary>Decides.</summary>
    /// <param name="lb">The load balancer.</param>
    /// <param name="routing">Its routing; null: there is none.</param>
    /// <param name="gateways">All Hosts with role Gateway; for an Internal load balancer those with an Available interface of its network.</param>
    /// <param name="patience">How much longer a gateway that is behind is waited for; zero: no longer.</param>
    internal static GatewayReadiness Of(
        LoadBalancer lb, LoadBalancerRouting? routing, IEnumerable<Host> gateways, Func<LoadBalancerGateway, TimeSpan> patience)
    {
        long? generation = lb.Metadata.Generation;
        Host[] wanted = [.. gateways.Where(h => !h.IsBeingDeleted).OrderBy(h => h.Metadata.Name, StringComparer.Ordinal)];
        bool isInternal = lb.Spec.Type == "Internal";
        if (wanted.Length == 0 && isInternal)
        {
            return Plain(NoHost, $"no NetworkInterface of Network {lb.Spec.NetworkRef?.Name} is Available on a Host: there is nobody to serve");
        }

        if (wanted.Length == 0)
        {
            return Plain(NoGateway, "there is no Host with role Gateway; start lodestone agent --role gateway on a machine that is to announce the addresses");
        }

        if (lb.Status?.Ips is not { Count: > 0 })
        {
            return Plain(NoAddress, "there is no address to serve; see condition AddressesAllocated");
        }

        TimeSpan? retryAfter = null;
        bool isAnyBehind = false;
        var gaps = new List<GatewayGap>();
        foreach (Host host in wanted)
        {
            LoadBalancerGateway? entry = lb.Status.Gateways?.Find(g => g.Name == host.Metadata.Name);
            if (GapOf(host, entry) is { } gap)
            {
                gaps.Add(gap);
            }
            else if (LagOf(entry!, lb, routing) is { } lag)
            {
                isAnyBehind = true;
                TimeSpan left = patience(entry!);
                if (left > TimeSpan.Zero)
                {
                    retryAfter = retryAfter < left ? retryAfter : left;
                    generation = entry!.ObservedGeneration < generation ? entry.ObservedGeneration : generation;
                }
                else
                {
                    gaps.Add(lag);
                }
            }
        }

        int ready = wanted.Length - gaps.Count;
        string count = $"{ready} of {wanted.Length} {(isInternal ? "hosts" : "gateways")}";
        if (gaps.Count == 0)
        {
            return new GatewayReadiness(new Finding(true, "Programmed", count), generation, isAnyBehind, retryAfter);
        }

        string more = gaps.Count > ShownGaps ? $"; and {gaps.Count - ShownGaps} more" : "";
        bool isOneReason = gaps.TrueForAll(g => g.Reason == gaps[0].Reason);
        string reason = isOneReason && (ready == 0 || gaps[0].Reason == GatewayPending) ? gaps[0].Reason : ready > 0 ? "PartlyProgrammed" : "NotProgrammed";
        return new GatewayReadiness(
            new Finding(false, reason, $"{count}; {string.Join("; ", gaps.Take(ShownGaps).Select(g => g.Message))}{more}"), generation, isAnyBehind, retryAfter);

        GatewayReadiness Plain(string reason, string message) => new(new Finding(false, reason, message), generation, false, null);
    }

    /// <summary>Why a gateway does not serve the load balancer at all, or not as wanted.</summary>
    private static GatewayGap? GapOf(Host host, LoadBalancerGateway? entry)
    {
        string name = host.Metadata.Name ?? "";
        Condition? ready = host.Status?.Conditions.Of("Ready");
        if (ready?.Status != "True")
        {
            string why = ready is null ? "its agent has not reported yet" : $"{ready.Reason}: {ready.Message}";
            return new GatewayGap("GatewayNotReady", $"Host {name} is not Ready ({why})");
        }

        return entry is null ? new GatewayGap(GatewayPending, $"Host {name} has not reported yet; look at its agent's log")
            : entry.State != LoadBalancerGatewayStates.Programmed ? new GatewayGap(entry.Reason ?? "NotProgrammed", $"Host {name}: {entry.Message}")
            : null;
    }

    /// <summary>What a gateway that serves the load balancer has not taken up yet.</summary>
    private static GatewayGap? LagOf(LoadBalancerGateway entry, LoadBalancer lb, LoadBalancerRouting? routing)
    {
        if (entry.ObservedGeneration is not { } generation || generation < lb.Metadata.Generation)
        {
            return new GatewayGap("GatewayBehind", $"Host {entry.Name} still has generation {entry.ObservedGeneration} of the LoadBalancer, not {lb.Metadata.Generation}; look at its agent's log");
        }

        return routing?.RingGeneration is { } ring && !(entry.RingGeneration >= ring)
            ? new GatewayGap("GatewayBehind", $"Host {entry.Name} still has the targets of ring generation {entry.RingGeneration ?? 0}, not {ring}; look at its agent's log")
            : null;
    }
}
