namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>Which objects name an owner, by the owner's uid. Holds nothing of objects without owner references.</summary>
internal sealed class OwnerIndex
{
    private readonly Dictionary<string, HashSet<ObjectId>> _dependents = new(StringComparer.Ordinal);

    /// <summary>Adds a dependent of these owners.</summary>
    public void Add(ObjectId dependent, ReadOnlySpan<string> ownerUids)
    {
        foreach (string uid in ownerUids)
        {
            if (!_dependents.TryGetValue(uid, out HashSet<ObjectId>? dependents))
            {
                _dependents[uid] = dependents = [];
            }

            dependents.Add(dependent);
        }
    }

    /// <summary>Takes a dependent away from these owners.</summary>
    public void Remove(ObjectId dependent, ReadOnlySpan<string> ownerUids)
    {
        foreach (string uid in ownerUids)
        {
            if (_dependents.TryGetValue(uid, out HashSet<ObjectId>? dependents) && dependents.Remove(dependent) && dependents.Count == 0)
            {
                _dependents.Remove(uid);
            }
        }
    }

    /// <summary>Takes away all dependents of a kind.</summary>
    public void RemoveKind(int kind)
    {
        foreach ((string uid, HashSet<ObjectId> dependents) in _dependents)
        {
            dependents.RemoveWhere(d => d.Kind == kind);
            if (dependents.Count == 0)
            {
                // Removing while enumerating is allowed of a Dictionary.
                _dependents.Remove(uid);
            }
        }
    }

    /// <summary>The dependents of an owner; not to be changed.</summary>
    public IReadOnlyCollection<ObjectId> DependentsOf(string uid) =>
        _dependents.TryGetValue(uid, out HashSet<ObjectId>? dependents) ? dependents : Array.Empty<ObjectId>();

    /// <summary>Whether anything but the object itself names it as its owner.</summary>
    public bool HasDependents(string uid, ObjectId self) =>
        _dependents.TryGetValue(uid, out HashSet<ObjectId>? dependents) && dependents.Count > (dependents.Contains(self) ? 1 : 0);

    /// <summary>All dependents, of any owner.</summary>
    public IEnumerable<ObjectId> All => _dependents.Values.SelectMany(d => d);
}
