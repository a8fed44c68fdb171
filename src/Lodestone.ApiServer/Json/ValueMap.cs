namespace Lodestone.ApiServer.Json;

/// <summary>The members of a <see cref="Value"/> that is a map: in the order they were written in, each name once. Immutable.</summary>
internal sealed class ValueMap
{
    private const int LongestScan = 12;
    private readonly KeyValuePair<string, Value>[] _members;
    private Dictionary<string, int>? _index;

    /// <summary>Takes over an array whose names are distinct.</summary>
    public ValueMap(KeyValuePair<string, Value>[] members) => _members = members;

    /// <summary>No members.</summary>
    public static ValueMap Empty { get; } = new([]);

    /// <summary>How many members there are.</summary>
    public int Count => _members.Length;

    /// <summary>The members in their order.</summary>
    public ReadOnlySpan<KeyValuePair<string, Value>> Members => _members;

    /// <summary>The member of that name; absent if there is none.</summary>
    public Value this[string name]
    {
        get
        {
            int at = IndexOf(name);
            return at < 0 ? default : _members[at].Value;
        }
    }

    /// <summary>Whether there is a member of that name.</summary>
    public bool Contains(string name) => IndexOf(name) >= 0;

    /// <summary>The same map with one member put in place, or added at the end.</summary>
    public ValueMap With(string name, Value value)
    {
        int at = IndexOf(name);
        KeyValuePair<string, Value>[] members = [.. _members];
        if (at < 0)
        {
            return new ValueMap([.. members, new(name, value)]);
        }

        members[at] = new(name, value);
        return new ValueMap(members);
    }

    /// <summary>The same map without a member.</summary>
    public ValueMap Without(string name) => Contains(name) ? new ValueMap([.. _members.Where(m => m.Key != name)]) : this;

    // Objects have few members; the maps of users may have thousands.
    private int IndexOf(string name)
    {
        if (_members.Length > LongestScan)
        {
            return (_index ??= MakeIndex()).TryGetValue(name, out int found) ? found : -1;
        }

        for (int i = 0; i < _members.Length; i++)
        {
            if (_members[i].Key == name)
            {
                return i;
            }
        }

        return -1;
    }

    private Dictionary<string, int> MakeIndex()
    {
        var index = new Dictionary<string, int>(_members.Length, StringComparer.Ordinal);
        for (int i = 0; i < _members.Length; i++)
        {
            index[_members[i].Key] = i;
        }

        return index;
    }
}
