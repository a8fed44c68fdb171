using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Client.Informers;
using Lodestone.Datapath.Hashing;

namespace Lodestone.Agent.Desired;

/// <summary>Network interfaces of all hosts by what targets name them by. Follows changes; what nobody has asked for yet is not there. Not thread-safe.</summary>
internal sealed class InterfaceIndex(ObjectPicture<NetworkInterface> interfaces)
{
    private ObjectPicture<NetworkInterface> _interfaces = interfaces;
    private Dictionary<string, NetworkInterface>? _byUid;

    private InterfacesByKey<(string Host, uint Number)>? _byNumber;

    /// <summary>Takes up what has changed.</summary>
    public void Follow(ObjectPicture<NetworkInterface> interfaces, IReadOnlyList<(NetworkInterface? Old, NetworkInterface? New)> changes)
    {
        _interfaces = interfaces;
        foreach ((NetworkInterface? old, _) in changes)
        {
            if (old is not null)
            {
                Remove(old);
            }
        }

        foreach ((_, NetworkInterface? current) in changes)
        {
            if (current is not null)
            {
                Add(current);
            }
        }
    }

    /// <summary>The network interface with a UID; null where none is known.</summary>
    public NetworkInterface? Find(string uid)
    {
        if (_byUid is null)
        {
            _byUid = new Dictionary<string, NetworkInterface>(_interfaces.Count, StringComparer.Ordinal);
            foreach (NetworkInterface nic in _interfaces)
            {
                _byUid[nic.Metadata.Uid ?? ""] = nic;
            }
        }

        return _byUid.GetValueOrDefault(uid);
    }

    /// <summary>The network interface that has a number on a host: the oldest of those that hash to it, as the host's agent sees it.</summary>
    public NetworkInterface? HolderOf(string host, uint number)
    {
        if (_byNumber is null)
        {
            _byNumber = new InterfacesByKey<(string Host, uint Number)>();
            foreach (NetworkInterface nic in _interfaces)
            {
                AddNumber(_byNumber, nic);
            }
        }

        return _byNumber.First((host, number));
    }

    /// <summary>The network interfaces that have the number of this one on its host, itself included; nothing where no number was ever asked for.</summary>
    public IEnumerable<NetworkInterface> WithNumberOf(NetworkInterface nic) =>
        _byNumber is not null && NicBindings.IsPlaced(nic, out ProviderId place) ? _byNumber.All((place.Host, NicNumber.Of(nic.Metadata.Uid!))) : [];

    private void Add(NetworkInterface nic)
    {
        if (_byUid is not null)
        {
            _byUid[nic.Metadata.Uid ?? ""] = nic;
        }

        if (_byNumber is not null)
        {
            AddNumber(_byNumber, nic);
        }
    }

    private void Remove(NetworkInterface nic)
    {
        string uid = nic.Metadata.Uid ?? "";
        if (_byUid?.GetValueOrDefault(uid) == nic)
        {
            _byUid.Remove(uid);
        }

        if (_byNumber is not null && NicBindings.IsPlaced(nic, out ProviderId place))
        {
            _byNumber.Remove((place.Host, NicNumber.Of(uid)), nic);
        }
    }

    private static void AddNumber(InterfacesByKey<(string Host, uint Number)> byNumber, NetworkInterface nic)
    {
        if (NicBindings.IsPlaced(nic, out ProviderId place))
        {
            byNumber.Add((place.Host, NicNumber.Of(nic.Metadata.Uid!)), nic);
        }
    }
}
