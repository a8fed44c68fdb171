namespace Lodestone.Agent.Apply;

/// <summary>A hash map of the packet programs.</summary>
public interface IDatapathHash<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    /// <summary>Its name, as tools show it.</summary>
    public string Name { get; }

    /// <summary>How many entries it can hold.</summary>
    public int Capacity { get; }

    /// <summary>Everything in it.</summary>
    public List<KeyValuePair<TKey, TValue>> ReadAll();

    /// <summary>Adds or replaces an entry.</summary>
    public void Set(TKey key, TValue value);

    /// <summary>Removes an entry, if it is there.</summary>
    public void Remove(TKey key);
}
