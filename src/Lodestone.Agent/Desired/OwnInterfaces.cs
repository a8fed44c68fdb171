using System.Collections.Immutable;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>The network interfaces that are placed on this machine, and what they are bound by: addresses and networks. Follows changes. Not thread-safe.</summary>
internal sealed class OwnInterfaces
{
    private readonly Dictionary<ObjectKey, NetworkInterface> _placed = [];

    /// <summary>The addresses that these want.</summary>
    private HashSet<(ObjectKey Network, DatapathAddress Address)> _wanted = [];

    /// <summary>Who has which address; null while no network interface is placed here.</summary>
    private NetworkAddresses? _addresses;
    private OverlayNetworks? _networks;

    /// <summary>Takes up what has changed, and decides what becomes of these network interfaces.</summary>
    /// <param name="world">What is so now.</param>
    /// <param name="changes">What differs from the last time; null: this is the first.</param>
    /// <param name="last">What the last state has of them.</param>
    public NicPlan Follow(PlanWorld world, PlanChanges? changes, ImmutableArray<NicModel> last)
    {
        bool isSamePlacement = FollowPlacement(world, changes);
        HashSet<(ObjectKey Network, DatapathAddress Address)>? touched = FollowAddresses(world, changes);
        ImmutableArray<NicModel> nics = isSamePlacement && HasSameBindings(changes!, touched) ? last : Decide(world, last);
        bool hasSameNics = changes is not null && nics == last;
        OverlayNetworks networks = hasSameNics && changes!.HasSameNetworks ? _networks! : new OverlayNetworks(world, nics);
        bool hasSameNetworks = changes is not null && networks.Equals(_networks!);
        _networks = hasSameNetworks ? _networks! : networks;
        return new NicPlan(nics, hasSameNics, _networks, hasSameNetworks, _addresses, touched);
    }

    /// <summary>Takes up which network interfaces are placed on this machine; whether they are as they were.</summary>
    private bool FollowPlacement(PlanWorld world, PlanChanges? changes)
    {
        string hostName = world.Snapshot.HostName;
        if (changes is null)
        {
            foreach (NetworkInterface nic in world.NetworkInterfaces.Where(nic => NicBindings.IsHere(nic, hostName)))
            {
                _placed[nic.Key] = nic;
            }

            return false;
        }

        bool isSame = true;
        foreach ((NetworkInterface? old, NetworkInterface? current) in changes.NetworkInterfaces)
        {
            isSame &= !_placed.Remove((old ?? current)!.Key);
            if (current is not null && NicBindings.IsHere(current, hostName))
            {
                _placed[current.Key] = current;
                isSame = false;
            }
        }

        return isSame;
    }

    /// <summary>Takes up who has which address, where there is somebody here whom it concerns.</summary>
    private HashSet<(ObjectKey Network, DatapathAddress Address)>? FollowAddresses(PlanWorld world, PlanChanges? changes)
    {
        if (_placed.Count == 0)
        {
            _addresses = null;
            return null;
        }

        if (_addresses is not null)
        {
            return _addresses.Follow(world, changes!);
        }

        _addresses = new NetworkAddresses(world);
        return null;
    }

    /// <summary>Whether all that bindings follow from, but for the network interfaces themselves, is as it was.</summary>
    private bool HasSameBindings(PlanChanges changes, HashSet<(ObjectKey Network, DatapathAddress Address)>? touched) =>
        _placed.Count == 0
        || (touched is not null
            && changes.HasSameNetworks
            && changes.Prefixes.Count == 0
            && changes.HasSameDevices
            && changes.HasSameUnderlay
            && !touched.Overlaps(_wanted));

    private ImmutableArray<NicModel> Decide(PlanWorld world, ImmutableArray<NicModel> last)
    {
        if (_placed.Count == 0)
        {
            _wanted = [];
            return [];
        }

        ImmutableArray<NicModel> decided = NicBindings.Decide(world, _placed.Values, _addresses!);
        _wanted = [.. _placed.Values.SelectMany(_addresses!.AddressesOf)];
        Dictionary<NetworkInterface, NicModel> known = new(ReferenceEqualityComparer.Instance);
        foreach (NicModel nic in last)
        {
            known[nic.Nic] = nic;
        }

        // One that says the same is the same.
        return PlanOrder.OrLast(last, [.. decided.Select(nic => known.TryGetValue(nic.Nic, out NicModel? old) && old.SaysSame(nic) ? old : nic)]);
    }
}
