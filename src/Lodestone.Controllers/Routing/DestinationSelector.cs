using System.Net;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Routing;

/// <summary>Picks the destinations of a load balancer among the network interfaces of its network.</summary>
internal static class DestinationSelector
{
    /// <summary>One destination per address of a wanted family of every selected interface that takes traffic; sorted, each address once.</summary>
    /// <remarks>An address that two interfaces of the network claim belongs to the older one: a newcomer doesn't take over traffic.</remarks>
    internal static List<LoadBalancerDestination> Select(LoadBalancer lb, IEnumerable<NetworkInterface> interfacesOfNetwork)
    {
        var holders = new Dictionary<IPAddress, (NetworkInterface Nic, string Ip)>();
        foreach (NetworkInterface nic in interfacesOfNetwork)
        {
            if (nic.IsBeingDeleted || !IsAvailable(nic) || !HasPlace(nic) || lb.Spec.NetworkInterfaceSelector?.Matches(nic.Metadata.Labels) != true)
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

        var destinations = new SortedDictionary<Member, LoadBalancerDestination>();
        foreach ((NetworkInterface nic, string ip) in holders.Values)
        {
            string uid = nic.Metadata.Uid ?? "";
            string name = nic.Metadata.Name ?? "";
            destinations[new Member(uid, ip)] = new LoadBalancerDestination
            {
                Name = name,
                Uid = uid,
                Ip = ip,
                TargetRef = new LoadBalancerTargetRef { Uid = uid, Name = name, ProviderID = nic.Spec.ProviderID ?? "" },
            };
        }

        return [.. destinations.Values];
    }

    /// <summary>Whether it is known where the interface lives; without that nothing can be sent to it.</summary>
    internal static bool HasPlace(NetworkInterface nic) => !string.IsNullOrEmpty(nic.Spec.ProviderID);

    internal static bool IsAvailable(NetworkInterface nic) => nic.Status?.State == "Available";

    /// <summary><c>IPv4</c>, <c>IPv6</c>, or null for what is no address.</summary>
    internal static string? FamilyOf(string address) =>
        IPFamily.TryParseAddress(address, out IPAddress? ip) ? IPFamily.Of(ip) : null;

    private static bool IsOlder(NetworkInterface nic, NetworkInterface other) =>
        (nic.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue).CompareTo(other.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue) is var order
        && (order != 0 ? order < 0 : string.CompareOrdinal(nic.Metadata.Uid, other.Metadata.Uid) < 0);
}
