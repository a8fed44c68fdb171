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

    /// <summary>By host and number, oldest first. Nearly all are alone, so that one is no list.</summary>
    private Dictionary<(string Host, uint Number), object>? _byNumber;

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
            _byNumber = [];
            foreach (NetworkInterface nic in _interfaces)
            {
                AddNumber(_byNumber, nic);
            }
        }

        return All(host, number).FirstOrDefault();
    }

    /// <summary>The network interfaces that have the number of this one on its host, itself included; nothing where no number was ever asked for.</summary>
    public IEnumerable<NetworkInterface> WithNumberOf(NetworkInterface nic) =>
        NicBindings.IsPlaced(nic, out ProviderId place) ? All(place.Host, NicNumber.Of(nic.Metadata.Uid!)) : [];

    private List<NetworkInterface> All(string host, uint number) => _byNumber?.GetValueOrDefault((host, number)) switch
    {
        NetworkInterface one => [one],
        List<NetworkInterface> several => several,
        _ => [],
    };

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

        if (_byNumber is null || !NicBindings.IsPlaced(nic, out ProviderId place))
        {
            return;
        }

        (string, uint) key = (place.Host, NicNumber.Of(uid));
        object? held = _byNumber.GetValueOrDefault(key);
        if (held is List<NetworkInterface> several)
        {
            several.Remove(nic);
        }

        if (held == (object)nic || held is List<NetworkInterface> { Count: 0 })
        {
            _byNumber.Remove(key);
        }
    }

    private static void AddNumber(Dictionary<(string Host, uint Number), object> byNumber, NetworkInterface nic)
    {
        if (!NicBindings.IsPlaced(nic, out ProviderId place))
        {
            return;
        }

        (string, uint) key = (place.Host, NicNumber.Of(nic.Metadata.Uid!));
        switch (byNumber.GetValueOrDefault(key))
        {
            case NetworkInterface one:
                byNumber[key] = NicBindings.Seniority(nic, one) < 0 ? new List<NetworkInterface> { nic, one } : [one, nic];
                break;
            case List<NetworkInterface> several:
                int at = several.FindIndex(other => NicBindings.Seniority(nic, other) < 0);
                several.Insert(at < 0 ? several.Count : at, nic);
                break;
            default:
                byNumber[key] = nic;
                break;
        }
    }
}
