using System.Net;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>Picks the destinations of a load balancer among the network interfaces of its network.</summary>
internal static class DestinationSelector
{
    /// <summary>One destination per address of a wanted family of every selected, Available interface that is not being deleted; sorted, each once.</summary>
    internal static List<LoadBalancerDestination> Select(LoadBalancer lb, IEnumerable<NetworkInterface> interfaces)
    {
        var destinations = new SortedDictionary<Member, LoadBalancerDestination>();
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
                    destinations[new Member(uid, ip)] = new LoadBalancerDestination
                    {
                        Name = name,
                        Uid = uid,
                        Ip = ip,
                        TargetRef = new LoadBalancerTargetRef { Uid = uid, Name = name, ProviderID = nic.Spec.ProviderID ?? "" },
                    };
                }
            }
        }

        return [.. destinations.Values];
    }

    internal static bool IsAvailable(NetworkInterface nic) => nic.Status?.State == "Available";

    /// <summary><c>IPv4</c>, <c>IPv6</c>, or null for what is no address.</summary>
    internal static string? FamilyOf(string address) =>
        IPFamily.TryParseAddress(address, out IPAddress? ip) ? IPFamily.Of(ip) : null;
}
