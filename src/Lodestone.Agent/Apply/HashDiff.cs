namespace Lodestone.Agent.Apply;

/// <summary>Keeps a hash map as desired, writing only differences.</summary>
internal sealed class HashDiff<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly IDatapathHash<TKey, TValue> _map;
    private readonly Dictionary<TKey, TValue> _held;
    private readonly LayoutEquality<TValue> _values;

    public HashDiff(IDatapathHash<TKey, TValue> map)
    {
        _map = map;
        _held = new Dictionary<TKey, TValue>(map.ReadAll(), LayoutEquality<TKey>.Instance);
        _values = LayoutEquality<TValue>.Instance;
    }

    public string Name => _map.Name;

    public int Capacity => _map.Capacity;

    /// <summary>Adds and changes entries; false when not all of them fit, which then are left out.</summary>
    public bool TrySetMissing(IReadOnlyDictionary<TKey, TValue> desired, out int written)
    {
        written = 0;
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

        return fits;
    }

    /// <summary>Removes entries that are not desired; returns how many.</summary>
    public int RemoveOthers(IReadOnlyDictionary<TKey, TValue> desired)
    {
        int removed = 0;
        foreach (TKey key in _held.Keys)
        {
            if (!desired.ContainsKey(key))
            {
                _map.Remove(key);
                _held.Remove(key);
                removed++;
            }
        }

        return removed;
    }
}
