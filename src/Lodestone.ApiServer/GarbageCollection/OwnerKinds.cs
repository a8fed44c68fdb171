using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>The kinds that can own and be owned, and their objects now.</summary>
internal sealed class OwnerKinds
{
    private readonly Dictionary<(string ApiVersion, string Kind), int> _byName = [];

    /// <summary>All kinds of a catalog; those under two names but with one storage count once.</summary>
    public OwnerKinds(ResourceCatalog catalog)
    {
        All = [.. catalog.All.Where(r => r.Resource.Stored is null)];
        for (int i = 0; i < All.Count; i++)
        {
            foreach (ObjectRegistry alias in catalog.All.Where(r => r.StoreName == All[i].StoreName))
            {
                _byName[(alias.Resource.ApiVersion, alias.Resource.Kind)] = i;
            }
        }
    }

    /// <summary>The kinds; <see cref="ObjectId.Kind"/> is an index into them.</summary>
    public IReadOnlyList<ObjectRegistry> All { get; }

    /// <summary>The kind that a reference names; false if it is not served here.</summary>
    public bool TryFind(Reference reference, out int kind) => _byName.TryGetValue((reference.ApiVersion, reference.Kind), out kind);

    /// <summary>The object now, or null.</summary>
    public StoredObject? Find(ObjectId id) => All[id.Kind].Read().Objects.Find(id.Key);
}
