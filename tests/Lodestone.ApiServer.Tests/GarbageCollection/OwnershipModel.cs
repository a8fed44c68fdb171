namespace Lodestone.ApiServer.Tests.GarbageCollection;

/// <summary>What is left, and who owns it, when the garbage collector has nothing more to do.</summary>
internal sealed class OwnershipModel
{
    private readonly SortedDictionary<string, HashSet<string>> _owners = new(StringComparer.Ordinal);

    /// <summary>Every object by uid, with the uids of its owners, as one text.</summary>
    public string Text => Describe(_owners.Select(o => (o.Key, (IEnumerable<string>)o.Value)));

    public IEnumerable<string> Uids => _owners.Keys;

    public static string Describe(IEnumerable<(string Uid, IEnumerable<string> Owners)> objects) =>
        string.Join('\n', objects.OrderBy(o => o.Uid, StringComparer.Ordinal).Select(o => $"{o.Uid} < {string.Join(' ', o.Owners.Order(StringComparer.Ordinal))}"));

    /// <summary>Adds an object, or gives one other owners.</summary>
    public void Set(string uid, IEnumerable<string> owners)
    {
        _owners[uid] = [.. owners];
        Settle();
    }

    /// <summary>Deletes an object; foreground and background end in the same.</summary>
    public void Delete(string uid, bool isOrphaning)
    {
        _owners.Remove(uid);
        if (isOrphaning)
        {
            foreach (HashSet<string> owners in _owners.Values)
            {
                owners.Remove(uid);
            }
        }

        Settle();
    }

    private void Settle()
    {
        while (_owners.FirstOrDefault(o => o.Value.Count > 0 && !o.Value.Any(_owners.ContainsKey)) is { Key: { } garbage })
        {
            _owners.Remove(garbage);
        }

        foreach (HashSet<string> owners in _owners.Values)
        {
            owners.RemoveWhere(o => !_owners.ContainsKey(o));
        }
    }
}
