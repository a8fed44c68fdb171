using System.Collections.Immutable;

namespace Lodestone.Agent.Apply;

/// <summary>Keeps a hash map as desired, writing only differences.</summary>
internal sealed class HashDiff<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly IDatapathHash<TKey, TValue> _map;
    private readonly Dictionary<TKey, TValue> _held;
    private readonly LayoutEquality<TValue> _values;

    /// <summary>What fitted at the last addition, and what the map holds exactly: not looked at again.</summary>
    private object? _added;
    private object? _exact;

    public HashDiff(IDatapathHash<TKey, TValue> map)
    {
        _map = map;
        _held = new Dictionary<TKey, TValue>(map.ReadAll(), LayoutEquality<TKey>.Instance);
        _values = LayoutEquality<TValue>.Instance;
    }

    public string Name => _map.Name;

    public int Capacity => _map.Capacity;

    /// <summary>What the map holds under a key.</summary>
    public bool TryGetHeld(TKey key, out TValue value) => _held.TryGetValue(key, out value);

    /// <summary>Adds and changes entries, unless the map holds this very instance; false when not all of them fit, which then are left out.</summary>
    public bool TrySetMissing(ImmutableSortedDictionary<TKey, TValue> desired, out int written)
    {
        written = 0;
        if (ReferenceEquals(desired, _exact))
        {
            return true;
        }

        _exact = null;
        bool fits = true;
        foreach ((TKey key, TValue value) in desired)
        {
            bool isHeld = _held.TryGetValue(key, out TValue held);
            if (isHeld && _values.Equals(held, value))
            {
                continue;
            }

            if (!isHeld && _held.Count >= _map.Capacity)
            {
                fits = false;
                continue;
            }

            _map.Set(key, value);
            _held[key] = value;
            written++;
        }

        _added = fits ? desired : null;
        return fits;
    }

    /// <summary>Removes entries that are not desired; returns how many.</summary>
    public int RemoveOthers(ImmutableSortedDictionary<TKey, TValue> desired)
    {
        int removed = 0;
        if (ReferenceEquals(desired, _exact))
        {
            return removed;
        }

        removed = RemoveWhere(key => !desired.ContainsKey(key));
        _exact = ReferenceEquals(desired, _added) ? desired : null;
        return removed;
    }

    /// <summary>Removes entries by their key; returns how many.</summary>
    public int RemoveWhere(Func<TKey, bool> isUnwanted)
    {
        int removed = 0;
        _exact = null;
        foreach (TKey key in _held.Keys)
        {
            if (isUnwanted(key))
            {
                _map.Remove(key);
                _held.Remove(key);
                removed++;
            }
        }

        return removed;
    }
}
