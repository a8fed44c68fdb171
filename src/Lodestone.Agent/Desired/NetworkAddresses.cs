using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Informers;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Desired;

/// <summary>
/// Which network interface, of whatever host, has which address of its network: the oldest that wants it and is not going; and which addresses
/// Internal load balancers have. Follows changes. Not thread-safe.
/// </summary>
internal sealed class NetworkAddresses
{
    /// <summary>Who wants an address, oldest first. Nearly all are alone, so that one is no list.</summary>
    private readonly Dictionary<(ObjectKey Network, DatapathAddress Address), object> _wanted = [];
    private readonly Dictionary<(ObjectKey Network, DatapathAddress Address), List<LoadBalancer>> _balancers = [];

    /// <summary>How many have an address, in whatever networks.</summary>
    private readonly Dictionary<DatapathAddress, int> _counts = [];
    private ObjectPicture<NetworkInterface> _interfaces;
    private NicSources _sources;

    public NetworkAddresses(PlanWorld world)
    {
        (_interfaces, _sources) = (world.NetworkInterfaces, new NicSources(world.Prefixes));
        foreach (NetworkInterface nic in _interfaces)
        {
            Add(nic, null);
        }

        foreach (LoadBalancer lb in world.LoadBalancers)
        {
            Count(lb, 1, null);
        }
    }

    /// <summary>All addresses that network interfaces have.</summary>
    public IEnumerable<(ObjectKey Network, DatapathAddress Address)> All => _wanted.Keys;

    /// <summary>The addresses that somebody has, of whatever network.</summary>
    public IEnumerable<DatapathAddress> OfAnyNetwork => _counts.Keys;

    /// <summary>Takes up what has changed; returns the addresses for which another one may count, or the same one that has changed.</summary>
    public HashSet<(ObjectKey Network, DatapathAddress Address)> Follow(PlanWorld world, PlanChanges changes)
    {
        // A Prefix that was made for a network interface is its address.
        HashSet<ObjectKey> keys = [.. changes.NetworkInterfaces.Select(change => (change.New ?? change.Old)!.Key)];
        foreach ((Prefix? old, Prefix? current) in changes.Prefixes)
        {
            ObjectKey prefix = (current ?? old)!.Key;
            keys.UnionWith(EphemeralPrefix.OwnersOf(prefix.Name).Select(owner => new ObjectKey(prefix.Namespace, owner)));
        }

        HashSet<(ObjectKey Network, DatapathAddress Address)> touched = [];
        foreach (ObjectKey key in keys)
        {
            if (_interfaces.TryGet(key, out NetworkInterface? old))
            {
                Remove(old, touched);
            }
        }

        (_interfaces, _sources) = (world.NetworkInterfaces, new NicSources(world.Prefixes));
        foreach (ObjectKey key in keys)
        {
            if (_interfaces.TryGet(key, out NetworkInterface? current))
            {
                Add(current, touched);
            }
        }

        foreach ((LoadBalancer? old, LoadBalancer? current) in changes.LoadBalancers)
        {
            if (old is not null)
            {
                Count(old, -1, touched);
            }

            if (current is not null)
            {
                Count(current, 1, touched);
            }
        }

        return touched;
    }

    /// <summary>The network interface that has an address; null where none has.</summary>
    public NetworkInterface? HolderOf(ObjectKey network, DatapathAddress address) => _wanted.GetValueOrDefault((network, address)) switch
    {
        NetworkInterface one => one,
        List<NetworkInterface> several => several[0],
        _ => null,
    };

    /// <summary>The Internal load balancer that has an address; null where none has.</summary>
    public LoadBalancer? BalancerOf(ObjectKey network, DatapathAddress address) =>
        _balancers.TryGetValue((network, address), out List<LoadBalancer>? balancers) ? balancers[0] : null;

    /// <summary>Whether a network interface of the network has the address.</summary>
    public bool Has(ObjectKey network, DatapathAddress address) => _wanted.ContainsKey((network, address));

    /// <summary>Whether somebody of whatever network has the address.</summary>
    public bool HasAnyNetwork(DatapathAddress address) => _counts.ContainsKey(address);

    /// <summary>The addresses of a network interface, each once, whoever else wants them.</summary>
    public HashSet<(ObjectKey Network, DatapathAddress Address)> AddressesOf(NetworkInterface nic)
    {
        HashSet<(ObjectKey Network, DatapathAddress Address)> addresses = [];
        NicBindings.ForEachAddress(nic, _sources, key => addresses.Add(key));
        return addresses;
    }

    private void Add(NetworkInterface nic, HashSet<(ObjectKey Network, DatapathAddress Address)>? touched)
    {
        if (nic.IsBeingDeleted)
        {
            return;
        }

        foreach ((ObjectKey Network, DatapathAddress Address) key in AddressesOf(nic))
        {
            touched?.Add(key);
            Count(key.Address, 1);
            switch (_wanted.GetValueOrDefault(key))
            {
                case NetworkInterface one:
                    _wanted[key] = NicBindings.Seniority(nic, one) < 0 ? new List<NetworkInterface> { nic, one } : [one, nic];
                    break;
                case List<NetworkInterface> several:
                    int at = several.FindIndex(other => NicBindings.Seniority(nic, other) < 0);
                    several.Insert(at < 0 ? several.Count : at, nic);
                    break;
                default:
                    _wanted[key] = nic;
                    break;
            }
        }
    }

    private void Remove(NetworkInterface nic, HashSet<(ObjectKey Network, DatapathAddress Address)> touched)
    {
        if (nic.IsBeingDeleted)
        {
            return;
        }

        foreach ((ObjectKey Network, DatapathAddress Address) key in AddressesOf(nic))
        {
            touched.Add(key);
            Count(key.Address, -1);
            if (_wanted[key] is List<NetworkInterface> several && several.Remove(nic) && several.Count > 0)
            {
                continue;
            }

            _wanted.Remove(key);
        }
    }

    private void Count(LoadBalancer lb, int by, HashSet<(ObjectKey Network, DatapathAddress Address)>? touched)
    {
        if (lb.Spec.Type != LoadBalancerPart.InternalType)
        {
            return;
        }

        ObjectKey network = LoadBalancerPart.NetworkKeyOf(lb);
        foreach (string text in lb.Status?.Ips ?? [])
        {
            if (!IpText.TryParse(text, out IPAddress? ip))
            {
                continue;
            }

            (ObjectKey Network, DatapathAddress Address) key = (network, DatapathAddress.From(ip));
            touched?.Add(key);
            Count(key.Address, by);
            if (!_balancers.TryGetValue(key, out List<LoadBalancer>? balancers))
            {
                _balancers[key] = balancers = [];
            }

            if (by < 0)
            {
                balancers.Remove(lb);
            }
            else
            {
                balancers.Add(lb);
                balancers.Sort(NicBindings.Seniority);
            }

            if (balancers.Count == 0)
            {
                _balancers.Remove(key);
            }
        }
    }

    private void Count(DatapathAddress address, int by)
    {
        int count = _counts.GetValueOrDefault(address) + by;
        if (count == 0)
        {
            _counts.Remove(address);
        }
        else
        {
            _counts[address] = count;
        }
    }
}
