using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Hosts;
using Lodestone.Controllers.Policies;
using IPAddress = System.Net.IPAddress;

namespace Lodestone.Controllers.Routing;

/// <summary>Picks the destinations of a load balancer among the network interfaces of its network.</summary>
internal static class DestinationSelector
{
    /// <summary>One destination per address of a wanted family of every selected interface that takes traffic; sorted, each address once.</summary>
    /// <remarks>
    /// Of more interfaces than a ring has slots the first by UID are taken: the others would have none. An address that two interfaces of the network claim belongs to the older one: a newcomer doesn't take over traffic.
    /// </remarks>
    internal static List<LoadBalancerDestination> Select(LoadBalancer lb, IEnumerable<NetworkInterface> interfaces, LoadBalancerPolicy? policy = null)
    {
        var holders = new Dictionary<IPAddress, (NetworkInterface Nic, string Ip)>();
        foreach (NetworkInterface nic in interfaces)
        {
            if (nic.IsBeingDeleted || !IsAvailable(nic) || !IsHostThere(nic) || !HasPlace(nic) || lb.Spec.NetworkInterfaceSelector?.Matches(nic.Metadata.Labels) != true)
            {
                continue;
            }

            foreach (string ip in nic.Status?.Ips ?? [])
            {
                if (IPFamily.TryParseAddress(ip, out IPAddress? address)
                    && lb.Spec.IpFamilies?.Contains(IPFamily.Of(address)) == true
                    && (!holders.TryGetValue(address, out (NetworkInterface Nic, string Ip) other) || IsOlder(nic, other.Nic)))
                {
                    holders[address] = (nic, ip);
                }
            }
        }

        var found = new List<(Member Member, LoadBalancerDestination Destination)>(holders.Count);
        foreach ((NetworkInterface nic, string ip) in holders.Values)
        {
            string uid = nic.Metadata.Uid ?? "";
            string name = nic.Metadata.Name ?? "";
            var destination = new LoadBalancerDestination
            {
                Name = name,
                Uid = uid,
                Ip = ip,
                Weight = WeightedMember.Published(PolicyEffects.WeightOf(policy, nic)),
                TargetRef = new LoadBalancerTargetRef { Uid = uid, Name = name, ProviderID = nic.Spec.ProviderID ?? "" },
            };
            found.Add((new Member(uid, ip), destination));
        }

        found.Sort(static (a, b) => a.Member.CompareTo(b.Member));
        List<LoadBalancerDestination> destinations = found.ConvertAll(f => f.Destination);
        return destinations.Count <= LoadBalancerRouting.MaxTargets ? destinations : Limit(destinations);
    }

    /// <summary>Whether so many interfaces are selected that some are left out.</summary>
    internal static bool IsOverLimit(LoadBalancer lb, IReadOnlyCollection<NetworkInterface> selected) =>
        selected.Count > LoadBalancerRouting.MaxTargets
        && (lb.Spec.IpFamilies ?? []).Exists(family => selected.Count(n =>
            !n.IsBeingDeleted && IsAvailable(n) && IsHostThere(n) && HasPlace(n) && n.Status?.Ips?.Exists(ip => FamilyOf(ip) == family) == true) > LoadBalancerRouting.MaxTargets);

    /// <summary>Whether it is known where the interface lives; without that nothing can be sent to it.</summary>
    internal static bool HasPlace(NetworkInterface nic) => !string.IsNullOrEmpty(nic.Spec.ProviderID);

    /// <summary>Whether the interface's host takes new flows: it is within reach and nobody drains it. One that doesn't may still serve the flows it has.</summary>
    internal static bool IsHostThere(NetworkInterface nic) => nic.Status?.Conditions.Of(InterfaceEvictionController.ConditionType)?.Status != "False";

    internal static bool IsAvailable(NetworkInterface nic) => nic.Status?.State == "Available";

    /// <summary><c>IPv4</c>, <c>IPv6</c>, or null for what is no address.</summary>
    internal static string? FamilyOf(string address) =>
        IPFamily.TryParseAddress(address, out IPAddress? ip) ? IPFamily.Of(ip) : null;

    private static bool IsOlder(NetworkInterface nic, NetworkInterface other) =>
        (nic.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue).CompareTo(other.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue) is var order
        && (order != 0 ? order < 0 : string.CompareOrdinal(nic.Metadata.Uid, other.Metadata.Uid) < 0);

    private static List<LoadBalancerDestination> Limit(List<LoadBalancerDestination> sorted)
    {
        var kept = new List<LoadBalancerDestination>();
        var seen = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (LoadBalancerDestination destination in sorted)
        {
            string family = FamilyOf(destination.Ip ?? "") ?? "";
            HashSet<string> uids = seen.TryGetValue(family, out HashSet<string>? known) ? known : seen[family] = [];
            if (uids.Contains(destination.Uid ?? "") || uids.Count < LoadBalancerRouting.MaxTargets)
            {
                uids.Add(destination.Uid ?? "");
                kept.Add(destination);
            }
        }

        return kept;
    }
}
