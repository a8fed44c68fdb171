using Lodestone.Api.Meta;

namespace Lodestone.Client.Informers;

/// <summary>A place in the order of changes: whoever keeps one finds the keys that have changed since. What nobody keeps a place before is collected.</summary>
internal sealed class ChangeTrail
{
    private readonly ObjectKey _key;
    private ChangeTrail? _next;

    /// <summary>The beginning of a trail.</summary>
    public ChangeTrail()
    {
    }

    private ChangeTrail(ObjectKey key) => _key = key;

    /// <summary>The place after a change; where another change has followed already, the beginning of another trail.</summary>
    public ChangeTrail After(ObjectKey key)
    {
        var next = new ChangeTrail(key);
        return Interlocked.CompareExchange(ref _next, next, null) is null ? next : new ChangeTrail();
    }

    /// <summary>The keys that have changed from here to a later place; null where that isn't on this trail.</summary>
    public IReadOnlySet<ObjectKey>? KeysTo(ChangeTrail later)
    {
        HashSet<ObjectKey> keys = [];
        for (ChangeTrail place = this; place != later;)
        {
            if (Volatile.Read(ref place._next) is not { } next)
            {
                return null;
            }

            keys.Add(next._key);
            place = next;
        }

        return keys;
    }
}
