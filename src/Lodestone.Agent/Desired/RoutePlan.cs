using System.Collections.Immutable;
using Lodestone.Agent.Health;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Where the addresses lie that this machine's network interfaces reach, and which addresses are any network's.</summary>
/// <param name="devices">Devices of this machine.</param>
/// <param name="addresses">Who has which address; null where no network interface is placed here.</param>
/// <param name="networks">The networks here.</param>
/// <param name="wayTo">The way to a network interface.</param>
internal sealed class RoutePlan(IReadOnlyDictionary<string, LocalDevice> devices, NetworkAddresses? addresses, OverlayNetworks networks, Func<NetworkInterface, RealModel> wayTo)
{
    private static readonly RouteKey Prober = new(RouteKey.ProberNetwork, default);

    private readonly Dictionary<NetworkInterface, RealModel> _ways = new(ReferenceEqualityComparer.Instance);

    /// <summary>All of them.</summary>
    public ImmutableSortedDictionary<RouteKey, RealModel?> All()
    {
        ImmutableSortedDictionary<RouteKey, RealModel?>.Builder routes = DesiredState.EmptyRoutes.ToBuilder();
        Set(routes, Prober, WayOf(Prober));
        if (addresses is null || networks.IsEmpty)
        {
            return routes.ToImmutable();
        }

        foreach (DatapathAddress address in addresses.OfAnyNetwork)
        {
            routes[new RouteKey(RouteKey.AnyNetwork, address)] = null;
        }

        foreach ((ObjectKey network, DatapathAddress address) in addresses.All)
        {
            foreach (RouteKey key in KeysOf(network, address))
            {
                routes[key] = WayOf(key);
            }
        }

        return routes.ToImmutable();
    }

    /// <summary>The same from those before, and the addresses that may be others' now.</summary>
    /// <param name="last">Those before, of the same networks.</param>
    /// <param name="touched">Addresses, by their networks.</param>
    /// <param name="isReachedOtherwise">Which ways may be others now; null: none.</param>
    public ImmutableSortedDictionary<RouteKey, RealModel?> After(
        ImmutableSortedDictionary<RouteKey, RealModel?> last,
        IReadOnlyCollection<(ObjectKey Network, DatapathAddress Address)> touched,
        Func<RealModel, bool>? isReachedOtherwise)
    {
        ImmutableSortedDictionary<RouteKey, RealModel?>.Builder routes = last.ToBuilder();
        if (isReachedOtherwise is not null)
        {
            foreach (RouteKey key in last.Where(route => route.Value is { } way && isReachedOtherwise(way)).Select(route => route.Key).Append(Prober))
            {
                Set(routes, key, WayOf(key));
            }
        }

        foreach ((ObjectKey network, DatapathAddress address) in networks.IsEmpty ? [] : touched)
        {
            var any = new RouteKey(RouteKey.AnyNetwork, address);
            if (!addresses!.HasAnyNetwork(address))
            {
                routes.Remove(any);
            }
            else if (!routes.ContainsKey(any))
            {
                routes[any] = null;
            }

            foreach (RouteKey key in KeysOf(network, address))
            {
                Set(routes, key, WayOf(key));
            }
        }

        return routes.ToImmutable();
    }

    /// <summary>A way that is the same stays the same instance; null: there is none.</summary>
    private static void Set(ImmutableSortedDictionary<RouteKey, RealModel?>.Builder routes, RouteKey key, RealModel? way)
    {
        if (way is null)
        {
            routes.Remove(key);
        }
        else if (!routes.TryGetValue(key, out RealModel? held) || held != way)
        {
            routes[key] = way;
        }
    }

    /// <summary>The routes that an address of a network may be.</summary>
    private IEnumerable<RouteKey> KeysOf(ObjectKey network, DatapathAddress address)
    {
        if (networks.LocalVniOf(network) is { } own)
        {
            yield return new RouteKey(own, address);
        }

        foreach (uint peer in networks.PeersReaching(network, address))
        {
            yield return new RouteKey(peer, address);
        }
    }

    private RealModel? WayOf(RouteKey key)
    {
        if (key == Prober)
        {
            return devices.TryGetValue(ProbeLink.Device, out LocalDevice? prober)
                ? new RealModel(0, RealKind.Device, prober.Index, prober.MtuBytes, prober.Mac, prober.Mac, null)
                : null;
        }

        if (networks.HolderOf(key.Network, key.Addr, addresses!) is not { } nic)
        {
            return null;
        }

        if (!_ways.TryGetValue(nic, out RealModel? way))
        {
            _ways[nic] = way = wayTo(nic);
        }

        return way;
    }
}
