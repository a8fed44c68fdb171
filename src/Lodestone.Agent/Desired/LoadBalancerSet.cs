using Lodestone.Api.Meta;

namespace Lodestone.Agent.Desired;

/// <summary>The load balancers that are reached from here, and which of them have to be looked at although nothing of theirs has changed. Not thread-safe.</summary>
internal sealed class LoadBalancerSet
{
    private readonly Dictionary<ObjectKey, LoadBalancerPart> _parts = [];
    private readonly HashSet<ObjectKey> _impure = [];
    private readonly SortedDictionary<DateTimeOffset, HashSet<ObjectKey>> _due = [];

    /// <summary>All of them, in no order.</summary>
    public IReadOnlyCollection<LoadBalancerPart> All => _parts.Values;

    /// <summary>Those that have to be looked at every time: they depend on more than themselves.</summary>
    public IReadOnlySet<ObjectKey> Impure => _impure;

    /// <summary>When the first of them is another by time alone; null: never.</summary>
    public DateTimeOffset? ChangesAt => _due.Count == 0 ? null : _due.Keys.First();

    /// <summary>Those that are others by a time.</summary>
    public IEnumerable<ObjectKey> DueAt(DateTimeOffset now) => _due.TakeWhile(due => due.Key <= now).SelectMany(due => due.Value);

    /// <summary>Adds a load balancer. It does not change afterwards but for who announces it.</summary>
    public void Add(LoadBalancerPart part)
    {
        ObjectKey key = part.LoadBalancer.Key;
        _parts.Add(key, part);
        if (!part.IsPure)
        {
            _impure.Add(key);
        }

        if (part.ChangesAt is { } changes)
        {
            if (!_due.TryGetValue(changes, out HashSet<ObjectKey>? due))
            {
                _due[changes] = due = [];
            }

            due.Add(key);
        }
    }

    /// <summary>Takes a load balancer away; null where there is none.</summary>
    public LoadBalancerPart? Remove(ObjectKey key)
    {
        if (!_parts.Remove(key, out LoadBalancerPart? part))
        {
            return null;
        }

        _impure.Remove(key);
        if (part.ChangesAt is { } at && _due[at].Remove(key) && _due[at].Count == 0)
        {
            _due.Remove(at);
        }

        return part;
    }
}
