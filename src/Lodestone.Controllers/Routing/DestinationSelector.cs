using System.Net;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>Picks the destinations of a load balancer among the network interfaces of its network.</summary>
internal static class DestinationSelector
{
    /// <summary>
    /// One destination per address of a wanted family of every selected, Available interface that is not being deleted; sorted, each once.
    /// Of more interfaces than a ring has slots the first by UID: the others would have none.
    /// </summary>
    internal static List<LoadBalancerDestination> Select(LoadBalancer lb, IEnumerable<NetworkInterface> interfaces)
    {
        var found = new List<(Member Member, LoadBalancerDestination Destination)>();
        foreach (NetworkInterface nic in interfaces)
        {
            if (nic.IsBeingDeleted || !IsAvailable(nic) || lb.Spec.NetworkInterfaceSelector?.Matches(nic.Metadata.Labels) != true)
            {
                continue;
            }

            string uid = nic.Metadata.Uid ?? "";
            string name = nic.Metadata.Name ?? "";
            foreach (string ip in nic.Status?.Ips ?? [])
            {
                if (FamilyOf(ip) is { } family && lb.Spec.IpFamilies?.Contains(family) == true)
                {
                    var destination = new LoadBalancerDestination
                    {
                        Name = name,
                        Uid = uid,
                        Ip = ip,
                        TargetRef = new LoadBalancerTargetRef { Uid = uid, Name = name, ProviderID = nic.Spec.ProviderID ?? "" },
                    };
                    found.Add((new Member(uid, ip), destination));
                }
            }
        }

        found.Sort(static (a, b) => a.Member.CompareTo(b.Member));
        var destinations = new List<LoadBalancerDestination>(found.Count);
        for (int i = 0; i < found.Count; i++)
        {
            if (i == 0 || found[i].Member != found[i - 1].Member)
            {
                destinations.Add(found[i].Destination);
            }
        }

        return destinations.Count <= LoadBalancerRouting.MaxTargets ? destinations : Limit(destinations);
    }

    /// <summary>Whether so many interfaces are selected that some are left out.</summary>
    internal static bool IsOverLimit(LoadBalancer lb, IReadOnlyCollection<NetworkInterface> selected) =>
        selected.Count > LoadBalancerRouting.MaxTargets
        && (lb.Spec.IpFamilies ?? []).Exists(family => selected.Count(n =>
            !n.IsBeingDeleted && IsAvailable(n) && n.Status?.Ips?.Exists(ip => FamilyOf(ip) == family) == true) > LoadBalancerRouting.MaxTargets);

    internal static bool IsAvailable(NetworkInterface nic) => nic.Status?.State == "Available";

    /// <summary><c>IPv4</c>, <c>IPv6</c>, or null for what is no address.</summary>
    internal static string? FamilyOf(string address) =>
        IPFamily.TryParseAddress(address, out IPAddress? ip) ? IPFamily.Of(ip) : null;

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
