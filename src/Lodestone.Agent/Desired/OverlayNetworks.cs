using System.Collections.Immutable;
using System.Net;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>The networks that have a network interface on this machine, and which addresses of other networks they reach by a peering.</summary>
/// <remarks>
/// A peering counts while it is Ready in both networks. What a network lists as <c>prefixes</c> of its own peering is what the other one
/// reaches of it; without any, that is everything.
/// </remarks>
internal sealed class OverlayNetworks
{
    private const string Ready = "Ready";

    private readonly Dictionary<ObjectKey, Network> _networks = [];
    private readonly Dictionary<ObjectKey, uint> _local = [];
    private readonly Dictionary<ObjectKey, List<(uint From, ImmutableArray<IPNetwork>? Exposed)>> _peers = [];

    public OverlayNetworks(WorldSnapshot world, ImmutableArray<NicModel> nics)
    {
        foreach (Network network in world.Networks)
        {
            _networks[network.Key] = network;
        }

        foreach (NicModel nic in nics)
        {
            if (nic.Device is not null && nic.Network != 0)
            {
                _local[NicBindings.NetworkKeyOf(nic.Nic)] = nic.Network;
            }
        }

        foreach ((ObjectKey key, uint vni) in _local.OrderBy(network => network.Value))
        {
            AddPeersOf(_networks[key], vni);
        }
    }

    /// <summary>Whether no network has an interface on this machine.</summary>
    public bool IsEmpty => _local.Count == 0;

    /// <summary>The VNI of a network, where it has an interface on this machine.</summary>
    public uint? LocalVniOf(ObjectKey network) => _local.TryGetValue(network, out uint vni) ? vni : null;

    /// <summary>VNIs of the networks on this machine that reach an address of another network by a peering.</summary>
    public IEnumerable<uint> PeersReaching(ObjectKey network, DatapathAddress address)
    {
        if (!_peers.TryGetValue(network, out List<(uint From, ImmutableArray<IPNetwork>? Exposed)>? peers))
        {
            yield break;
        }

        IPAddress ip = address.ToIPAddress();
        foreach ((uint from, ImmutableArray<IPNetwork>? exposed) in peers)
        {
            if (exposed is not { } prefixes || prefixes.Any(prefix => prefix.Contains(ip)))
            {
                yield return from;
            }
        }
    }

    private void AddPeersOf(Network network, uint vni)
    {
        foreach (NetworkPeering peering in network.Spec?.Peerings ?? [])
        {
            ObjectKey key = KeyOf(network, peering);
            if (!IsReady(network, peering)
                || !_networks.TryGetValue(key, out Network? peer)
                || peer.Spec?.Peerings?.Find(p => KeyOf(peer, p) == network.Key) is not { } back
                || !IsReady(peer, back))
            {
                continue;
            }

            if (!_peers.TryGetValue(key, out List<(uint From, ImmutableArray<IPNetwork>? Exposed)>? peers))
            {
                _peers[key] = peers = [];
            }

            peers.Add((vni, ExposedBy(peer, back)));
        }
    }

    /// <summary>What a network lets its peer reach; null: everything. A prefix that can't be read exposes nothing.</summary>
    private static ImmutableArray<IPNetwork>? ExposedBy(Network network, NetworkPeering peering)
    {
        if (peering.Prefixes is not { Count: > 0 })
        {
            return null;
        }

        ImmutableArray<IPNetwork>.Builder prefixes = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (PeeringPrefixStatus prefix in StatusOf(network, peering)?.Prefixes ?? [])
        {
            if (IPNetwork.TryParse(prefix.Prefix, out IPNetwork parsed))
            {
                prefixes.Add(parsed);
            }
        }

        return prefixes.ToImmutable();
    }

    private static bool IsReady(Network network, NetworkPeering peering) => StatusOf(network, peering)?.State == Ready;

    private static NetworkPeeringStatus? StatusOf(Network network, NetworkPeering peering) =>
        network.Status?.Peerings?.Find(status => status.Name == peering.Name);

    private static ObjectKey KeyOf(Network network, NetworkPeering peering) =>
        new(peering.NetworkRef?.Namespace is { Length: > 0 } scope ? scope : network.Metadata.Namespace ?? "", peering.NetworkRef?.Name ?? "");
}
