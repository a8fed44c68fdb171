using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>Which network interface, of whatever host, has which address of its network: the oldest that wants it and is not going.</summary>
internal sealed class NetworkAddresses
{
    private readonly Dictionary<(ObjectKey Network, DatapathAddress Address), NetworkInterface> _holders = [];

    public NetworkAddresses(WorldSnapshot world)
    {
        var sources = new NicSources(world.Prefixes);
        foreach (NetworkInterface nic in world.NetworkInterfaces.Where(nic => !nic.IsBeingDeleted).Order(Comparer<NetworkInterface>.Create(NicBindings.Seniority)))
        {
            NicBindings.ForEachAddress(nic, sources, key => _holders.TryAdd(key, nic));
        }
    }

    /// <summary>All addresses, those of older network interfaces first.</summary>
    public IEnumerable<KeyValuePair<(ObjectKey Network, DatapathAddress Address), NetworkInterface>> All => _holders;

    /// <summary>Whether a network interface of the network has the address.</summary>
    public bool Has(ObjectKey network, DatapathAddress address) => _holders.ContainsKey((network, address));
}
