namespace Lodestone.Agent.Apply;

/// <summary>A hash map in memory that counts writes and, like the kernel's, refuses what does not fit.</summary>
internal sealed class MemoryHash<TKey, TValue>(string name, int capacity) : IDatapathHash<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly Dictionary<TKey, TValue> _entries = new(LayoutEquality<TKey>.Instance);

    public string Name => name;

    public int Capacity => capacity;

    public int Writes { get; private set; }

    public List<KeyValuePair<TKey, TValue>> ReadAll() => [.. _entries];

    public void Set(TKey key, TValue value)
    {
        if (!_entries.ContainsKey(key) && _entries.Count >= capacity)
        {
            throw new InvalidOperationException($"{name} is full");
        }

        Writes++;
        _entries[key] = value;
    }

    public void Remove(TKey key)
    {
        Writes++;
        _entries.Remove(key);
    }
}
