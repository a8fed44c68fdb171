using System.Collections.Immutable;
using Lodestone.Agent.Health;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Where the addresses lie that this machine's network interfaces reach, and which addresses are any network's.</summary>
/// <param name="devices">Devices of this machine.</param>
/// <param name="nics">Its network interfaces, their networks, and who has which address.</param>
/// <param name="ways">The ways to network interfaces.</param>
internal sealed class RoutePlan(IReadOnlyDictionary<string, LocalDevice> devices, NicPlan nics, Ways ways)
{
    private static readonly RouteKey Prober = new(RouteKey.ProberNetwork, default);

    private readonly NetworkAddresses? _addresses = nics.Addresses;
    private readonly OverlayNetworks _networks = nics.Networks;
    private readonly Dictionary<NetworkInterface, RealModel> _ways = new(ReferenceEqualityComparer.Instance);

    /// <summary>The routes, from those before where they are of the same networks.</summary>
    /// <param name="last">Those of the last state.</param>
    /// <param name="changes">Network interfaces that differ from it.</param>
    /// <param name="interfaces">All network interfaces.</param>
    public ImmutableSortedDictionary<RouteKey, RealModel?> After(
        ImmutableSortedDictionary<RouteKey, RealModel?> last, IReadOnlyList<(NetworkInterface? Old, NetworkInterface? New)> changes, InterfaceIndex interfaces)
    {
        if (!ways.HasSameSite || !nics.HasSameNetworks || (nics.Touched is null && _addresses is not null))
        {
            return All();
        }

        if (nics.Touched is null)
        {
            return After(last, []);
        }

        // Where Geneve tells network interfaces apart by number, those of one number matter to each other.
        HashSet<(ObjectKey Network, DatapathAddress Address)> touched = [.. nics.Touched];
        foreach (NetworkInterface nic in changes.SelectMany(change => new[] { change.Old, change.New }).OfType<NetworkInterface>())
        {
            foreach (NetworkInterface other in interfaces.WithNumberOf(nic))
            {
                touched.UnionWith(_addresses!.AddressesOf(other));
            }
        }

        return After(last, touched);
    }

    private ImmutableSortedDictionary<RouteKey, RealModel?> All()
    {
        ImmutableSortedDictionary<RouteKey, RealModel?>.Builder routes = DesiredState.EmptyRoutes.ToBuilder();
        Set(routes, Prober, WayOf(Prober));
        if (_addresses is null || _networks.IsEmpty)
        {
            return routes.ToImmutable();
        }

        foreach (DatapathAddress address in _addresses.OfAnyNetwork)
        {
            routes[new RouteKey(RouteKey.AnyNetwork, address)] = null;
        }

        foreach ((ObjectKey network, DatapathAddress address) in _addresses.All)
        {
            foreach (RouteKey key in KeysOf(network, address))
            {
                routes[key] = WayOf(key);
            }
        }

        return routes.ToImmutable();
    }

    /// <summary>The same from those before, and the addresses that may be others' now.</summary>
    private ImmutableSortedDictionary<RouteKey, RealModel?> After(
        ImmutableSortedDictionary<RouteKey, RealModel?> last, IReadOnlyCollection<(ObjectKey Network, DatapathAddress Address)> touched)
    {
        ImmutableSortedDictionary<RouteKey, RealModel?>.Builder routes = last.ToBuilder();
        if (ways.MayBeOthers)
        {
            foreach (RouteKey key in last.Where(route => route.Value is { } way && ways.MayBeAnother(way)).Select(route => route.Key).Append(Prober))
            {
                Set(routes, key, WayOf(key));
            }
        }

        foreach ((ObjectKey network, DatapathAddress address) in _networks.IsEmpty ? [] : touched)
        {
            var any = new RouteKey(RouteKey.AnyNetwork, address);
            if (!_addresses!.HasAnyNetwork(address))
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
        if (_networks.LocalVniOf(network) is { } own)
        {
            yield return new RouteKey(own, address);
        }

        foreach (uint peer in _networks.PeersReaching(network, address))
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

        if (_networks.HolderOf(key.Network, key.Addr, _addresses!) is not { } nic)
        {
            return null;
        }

        if (!_ways.TryGetValue(nic, out RealModel? way))
        {
            _ways[nic] = way = ways.To(nic);
        }

        return way;
    }
}
