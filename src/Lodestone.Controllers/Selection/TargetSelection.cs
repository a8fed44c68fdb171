using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Routing;

namespace Lodestone.Controllers.Selection;

/// <summary>Which load balancers select a network interface, and which network interfaces a load balancer selects, without walking either kind. Thread safe.</summary>
/// <remarks>Follows both informers as their trackers do: whoever hears of a change finds it here.</remarks>
internal sealed class TargetSelection
{
    private readonly SharedInformer<NetworkInterface> _interfaces;
    private readonly SelectorIndex _selectors = new();
    private readonly LabelIndex<NetworkInterface> _labels = new();

    internal TargetSelection(SharedInformer<LoadBalancer> loadBalancers, SharedInformer<NetworkInterface> interfaces)
    {
        _interfaces = interfaces;
        loadBalancers.AddTracker((old, current) => _selectors.Set(
            (current ?? old)!.Key, ScopeOf((current ?? old)!, current?.Spec.NetworkRef), current?.Spec.NetworkRef is null ? null : current.Spec.NetworkInterfaceSelector));
        interfaces.AddTracker((old, current) =>
        {
            NetworkInterface nic = (current ?? old)!;
            _labels.Set(nic.Key, nic, ScopeOf(nic, nic.Spec.NetworkRef), current?.Spec.NetworkRef is null ? null : current.Metadata.Labels);
        });
    }

    /// <summary>The load balancers that select an interface.</summary>
    internal List<ObjectKey> LoadBalancersOf(NetworkInterface nic) =>
        nic.Spec.NetworkRef is null ? [] : _selectors.Matching(ScopeOf(nic, nic.Spec.NetworkRef), nic.Metadata.Labels);

    /// <summary>The interfaces that a load balancer selects, whatever their state; none without a selector.</summary>
    internal List<NetworkInterface> InterfacesOf(LoadBalancer lb)
    {
        if (lb.Spec is not { NetworkInterfaceSelector: { } selector, NetworkRef: not null })
        {
            return [];
        }

        string scope = ScopeOf(lb, lb.Spec.NetworkRef);
        IReadOnlyCollection<NetworkInterface> candidates = _labels.Candidates(scope, selector) ?? _interfaces.ByIndex(Indexes.Network, scope);
        return [.. candidates.Where(n => selector.Matches(n.Metadata.Labels))];
    }

    /// <summary>Names of the Hosts that have an Available interface of a load balancer's network, selected or not.</summary>
    internal HashSet<string> HostsOf(LoadBalancer lb)
    {
        var hosts = new HashSet<string>(StringComparer.Ordinal);
        if (lb.Spec.NetworkRef is null)
        {
            return hosts;
        }

        foreach (NetworkInterface nic in _interfaces.ByIndex(Indexes.Network, ScopeOf(lb, lb.Spec.NetworkRef)))
        {
            if (nic.Status?.State == "Available" && !nic.IsBeingDeleted && ProviderId.TryParse(nic.Spec.ProviderID, out ProviderId place))
            {
                hosts.Add(place.Host);
            }
        }

        return hosts;
    }

    /// <summary>Whether a change of an interface can change a routing or what is said of its targets; conditions, but whether its host is there, and what else agents report can't.</summary>
    internal static bool Matters(NetworkInterface? old, NetworkInterface? current) =>
        old is null
        || current is null
        || old.Metadata.Uid != current.Metadata.Uid
        || old.IsBeingDeleted != current.IsBeingDeleted
        || old.Status?.State != current.Status?.State
        || DestinationSelector.IsHostThere(old) != DestinationSelector.IsHostThere(current)
        || old.Spec.ProviderID != current.Spec.ProviderID
        || old.Spec.NetworkRef?.Name != current.Spec.NetworkRef?.Name
        || !(old.Status?.Ips ?? []).SequenceEqual(current.Status?.Ips ?? [])
        || !SameHealth(old.Status?.Health, current.Status?.Health)
        || !SameLabels(old.Metadata.Labels, current.Metadata.Labels);

    private static string ScopeOf(KubernetesObject item, LocalObjectReference? network) => Indexes.NetworkOf(item.Metadata.Namespace ?? "", network?.Name ?? "");

    private static bool SameHealth(List<TargetHealth>? left, List<TargetHealth>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0)
        && (left ?? []).Zip(right ?? []).All(pair => pair.First.Uid == pair.Second.Uid && pair.First.IpFamily == pair.Second.IpFamily && pair.First.State == pair.Second.State);

    private static bool SameLabels(Dictionary<string, string>? left, Dictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0) && (left is null || left.All(l => right!.TryGetValue(l.Key, out string? value) && value == l.Value));
}
