using System.Net.Sockets;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Routing;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Controllers.Services;

/// <summary>At which addresses gateways reach nodes. Pure.</summary>
/// <remarks>
/// A destination's address is all that a flow's target is known by, so it changes as seldom as can be: addresses are of the family that the
/// routing has, as long as every node has one; else of IPv6, which needs the fewest bytes, where every node has it; else of IPv4. One family does for VIPs of both.
/// Where no family is common to all, each node has its addresses of both, and a VIP is served by the nodes that have its family.
/// </remarks>
internal static class NodeDestinations
{
    /// <param name="hosts">The nodes that take new flows.</param>
    /// <param name="current">The routing as it is; null: there is none.</param>
    /// <returns>Sorted, as routings have them.</returns>
    internal static List<LoadBalancerDestination> Of(IReadOnlyList<Host> hosts, LoadBalancerRouting? current)
    {
        AddressFamily[] families = FamiliesOf(current?.Destinations) is [var kept] && kept == AddressFamily.InterNetwork
            ? [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6]
            : [AddressFamily.InterNetworkV6, AddressFamily.InterNetwork];
        AddressFamily common = Array.Find(families, f => hosts.All(h => AddressOf(h, f) is not null));
        List<LoadBalancerDestination> destinations = [];
        foreach (Host host in hosts)
        {
            foreach (AddressFamily family in common == AddressFamily.Unspecified ? families : [common])
            {
                if (AddressOf(host, family) is { } address)
                {
                    destinations.Add(new LoadBalancerDestination { Name = host.Metadata.Name, Ip = address.ToString() });
                }
            }
        }

        // Two Hosts of one address would be one target.
        return [.. destinations.DistinctBy(Member.Of).OrderBy(Member.Of)];
    }

    /// <summary>The first underlay address of a family, which is where agents encapsulate to.</summary>
    internal static IPAddress? AddressOf(Host host, AddressFamily family) => (host.Spec.UnderlayAddresses ?? [])
        .Select(text => IPAddress.TryParse(text, out IPAddress? address) ? address : null)
        .FirstOrDefault(address => address?.AddressFamily == family);

    private static AddressFamily[] FamiliesOf(List<LoadBalancerDestination>? destinations) =>
        [.. (destinations ?? []).Select(d => IPAddress.TryParse(d.Ip, out IPAddress? address) ? address.AddressFamily : AddressFamily.Unspecified).Distinct()];
}
