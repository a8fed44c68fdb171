using Lodestone.Bpf;

namespace Lodestone.Agent.Apply;

/// <summary>A hash map of the kernel.</summary>
internal sealed class KernelHash<TKey, TValue>(BpfMap map) : IDatapathHash<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    public string Name => map.Name;

    public int Capacity => (int)map.MaxEntries;

    public List<KeyValuePair<TKey, TValue>> ReadAll()
    {
        var entries = new List<KeyValuePair<TKey, TValue>>();
        foreach (TKey key in map.Keys<TKey>())
        {
            if (map.TryLookup(key, out TValue value))
            {
                entries.Add(KeyValuePair.Create(key, value));
            }
        }

        return entries;
    }

    public void Set(TKey key, TValue value) => map.Update(key, value);

    public void Remove(TKey key) => map.Delete(key);
}
