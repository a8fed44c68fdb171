using System.Collections.Immutable;
using System.Net;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Informers;
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

    private readonly ObjectPicture<Network> _networks;
    private readonly SortedDictionary<uint, ObjectKey> _local = [];
    private readonly Dictionary<ObjectKey, uint> _numbers = [];
    private readonly Dictionary<ObjectKey, List<(uint From, ImmutableArray<IPNetwork>? Exposed)>> _peers = [];
    private readonly Dictionary<uint, List<ObjectKey>> _reached = [];

    public OverlayNetworks(PlanWorld world, ImmutableArray<NicModel> nics)
    {
        _networks = world.Networks;
        foreach (NicModel nic in nics)
        {
            if (nic.Device is not null && nic.Network != 0)
            {
                ObjectKey key = NicBindings.NetworkKeyOf(nic.Nic);
                _local[nic.Network] = key;
                _numbers[key] = nic.Network;
            }
        }

        foreach ((uint vni, ObjectKey key) in _local)
        {
            AddPeersOf(_networks.Find(key)!, vni);
        }
    }

    /// <summary>Whether no network has an interface on this machine.</summary>
    public bool IsEmpty => _numbers.Count == 0;

    /// <summary>The VNI of a network, where it has an interface on this machine.</summary>
    public uint? LocalVniOf(ObjectKey network) => _numbers.TryGetValue(network, out uint vni) ? vni : null;

    /// <summary>Whether a network on this machine reaches addresses of another one by a peering.</summary>
    public bool HasPeers(ObjectKey network) => _peers.ContainsKey(network);

    /// <summary>Whether all that is asked here is answered in the same way.</summary>
    public bool Equals(OverlayNetworks other) =>
        _local.SequenceEqual(other._local)
        && _peers.Count == other._peers.Count
        && _peers.All(peers => other._peers.TryGetValue(peers.Key, out var others) && peers.Value.Zip(others).All(pair => IsSame(pair.First, pair.Second)) && peers.Value.Count == others.Count);

    /// <summary>The network interface that an address of a network on this machine leads to: its own, else the oldest of the networks that it reaches.</summary>
    public NetworkInterface? HolderOf(uint vni, DatapathAddress address, NetworkAddresses addresses)
    {
        if (!_local.TryGetValue(vni, out ObjectKey own))
        {
            return null;
        }

        NetworkInterface? holder = addresses.HolderOf(own, address);
        if (holder is not null)
        {
            return holder;
        }

        foreach (ObjectKey network in _reached.GetValueOrDefault(vni) ?? [])
        {
            if (addresses.HolderOf(network, address) is { } peer
                && (holder is null || NicBindings.Seniority(peer, holder) < 0)
                && PeersReaching(network, address).Contains(vni))
            {
                holder = peer;
            }
        }

        return holder;
    }

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

    private static bool IsSame((uint From, ImmutableArray<IPNetwork>? Exposed) one, (uint From, ImmutableArray<IPNetwork>? Exposed) other) =>
        one.From == other.From
        && one.Exposed.HasValue == other.Exposed.HasValue
        && (one.Exposed ?? []).AsSpan().SequenceEqual((other.Exposed ?? []).AsSpan());

    private void AddPeersOf(Network network, uint vni)
    {
        foreach (NetworkPeering peering in network.Spec?.Peerings ?? [])
        {
            ObjectKey key = KeyOf(network, peering);
            if (!IsReady(network, peering)
                || !_networks.TryGet(key, out Network? peer)
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
            if (!_reached.TryGetValue(vni, out List<ObjectKey>? reached))
            {
                _reached[vni] = reached = [];
            }

            reached.Add(key);
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
