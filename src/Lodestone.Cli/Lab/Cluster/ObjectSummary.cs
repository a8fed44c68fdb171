using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Cli.Lab.Cluster;

/// <summary>Says in a few words what has become of an object.</summary>
internal static class ObjectSummary
{
    /// <summary>The words; null while there is nothing to tell.</summary>
    public static string? Of(KubernetesObject seen) => seen switch
    {
        Host host => IsTrue(host.Status?.Conditions, "Ready") ? $"Ready ({Names(host.Spec.Roles)})" : null,
        Network network => State(network.Status?.State, network.Spec?.ProviderID),
        NetworkInterface nic => State(nic.Status?.State, nic.Spec.ProviderID),
        LoadBalancer balancer => OfLoadBalancer(balancer),
        LoadBalancerRouting routing => OfRouting(routing),
        _ => null,
    };

    /// <summary>Whether a condition is there and true.</summary>
    public static bool IsTrue(List<Condition>? conditions, string type) =>
        conditions?.Any(c => c.Type == type && c.Status == "True") == true;

    private static string? State(string? state, string? detail) => state is null ? null : detail is null ? state : $"{state} ({detail})";

    private static string? OfLoadBalancer(LoadBalancer balancer)
    {
        if (balancer.Status?.Ips is not { Count: > 0 } ips)
        {
            // That nothing is programmed without an address goes without saying.
            return balancer.Status?.Conditions?.Find(c => c.Status == "False" && c.Type != "Programmed") is { } unmet ? $"waits: {unmet.Message}" : null;
        }

        string programmed = IsTrue(balancer.Status.Conditions, "Programmed") ? "programmed" : "allocated";
        return $"{programmed}: {string.Join(", ", ips)}";
    }

    private static string OfRouting(LoadBalancerRouting routing)
    {
        string text = "sends to " + Names(routing.Destinations?.Select(d => d.Name));
        return routing.Draining is { Count: > 0 } draining ? $"{text}; drains {Names(draining.Select(d => d.Name))}" : text;
    }

    private static string Names(IEnumerable<string?>? names)
    {
        string[] distinct = [.. (names ?? []).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        return distinct.Length == 0 ? "nobody" : string.Join(", ", distinct);
    }
}
