using Lodestone.Api.Networking;

namespace Lodestone.Agent.Desired;

/// <summary>Network interfaces that want the same thing, oldest first. Not thread-safe.</summary>
/// <typeparam name="TKey">What they want.</typeparam>
/// <remarks>Nearly all are alone, so that one is no list.</remarks>
internal sealed class InterfacesByKey<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, object> _interfaces = [];

    /// <summary>What somebody wants.</summary>
    public IReadOnlyCollection<TKey> Keys => _interfaces.Keys;

    /// <summary>Whether somebody wants it.</summary>
    public bool Contains(TKey key) => _interfaces.ContainsKey(key);

    /// <summary>The oldest; null where nobody wants it.</summary>
    public NetworkInterface? First(TKey key) => _interfaces.GetValueOrDefault(key) switch
    {
        NetworkInterface one => one,
        List<NetworkInterface> several => several[0],
        _ => null,
    };

    /// <summary>All, oldest first.</summary>
    public IReadOnlyList<NetworkInterface> All(TKey key) => _interfaces.GetValueOrDefault(key) switch
    {
        NetworkInterface one => [one],
        List<NetworkInterface> several => several,
        _ => [],
    };

    public void Add(TKey key, NetworkInterface nic)
    {
        switch (_interfaces.GetValueOrDefault(key))
        {
            case NetworkInterface one:
                _interfaces[key] = NicBindings.Seniority(nic, one) < 0 ? new List<NetworkInterface> { nic, one } : [one, nic];
                break;
            case List<NetworkInterface> several:
                int at = several.FindIndex(other => NicBindings.Seniority(nic, other) < 0);
                several.Insert(at < 0 ? several.Count : at, nic);
                break;
            default:
                _interfaces[key] = nic;
                break;
        }
    }

    /// <summary>Takes one away; nothing where it is not there.</summary>
    public void Remove(TKey key, NetworkInterface nic)
    {
        switch (_interfaces.GetValueOrDefault(key))
        {
            case NetworkInterface one when ReferenceEquals(one, nic):
                _interfaces.Remove(key);
                break;
            case List<NetworkInterface> several when several.Remove(nic) && several.Count == 0:
                _interfaces.Remove(key);
                break;
        }
    }
}
