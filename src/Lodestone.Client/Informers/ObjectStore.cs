using System.Collections.Immutable;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Informers;

/// <summary>An immutable picture of one kind with its indexes. A change makes a new picture that shares most of the old one.</summary>
/// <remarks>
/// Indexes hold keys, so a change that leaves an object's index values as they are, which most are, touches none of them. A picture
/// grows by what changed: a change among 100,000 objects copies some 17 nodes, not the objects.
/// </remarks>
internal sealed class ObjectStore<T>
    where T : KubernetesObject
{
    internal const string NamespaceIndex = "namespace";

    private readonly ImmutableDictionary<string, Func<T, IEnumerable<string>>> _functions;
    private readonly ObjectPicture<T> _picture;
    private readonly ImmutableDictionary<(string Index, string Value), ImmutableHashSet<ObjectKey>> _indexes;

    private ObjectStore(
        ImmutableDictionary<string, Func<T, IEnumerable<string>>> functions,
        ObjectPicture<T> picture,
        ImmutableDictionary<(string Index, string Value), ImmutableHashSet<ObjectKey>> indexes)
    {
        _functions = functions;
        _picture = picture;
        _indexes = indexes;
    }

    internal static ObjectStore<T> Empty { get; } = new(
        ImmutableDictionary<string, Func<T, IEnumerable<string>>>.Empty.Add(NamespaceIndex, o => [o.Metadata.Namespace ?? ""]),
        ObjectPicture<T>.Empty,
        ImmutableDictionary<(string Index, string Value), ImmutableHashSet<ObjectKey>>.Empty);

    /// <summary>All objects.</summary>
    internal ObjectPicture<T> Picture => _picture;

    internal ImmutableDictionary<ObjectKey, T> Items => _picture.Items;

    /// <summary>The same objects with one index more.</summary>
    internal ObjectStore<T> WithIndex(string name, Func<T, IEnumerable<string>> function) =>
        new ObjectStore<T>(_functions.SetItem(name, function), Empty._picture, Empty._indexes).ReplacedBy(_picture);

    internal ObjectStore<T> With(T item)
    {
        _picture.TryGet(item.Key, out T? old);
        return new ObjectStore<T>(_functions, _picture.With(item), Reindex(old, item));
    }

    internal ObjectStore<T> Without(ObjectKey key) =>
        _picture.TryGet(key, out T? old) ? new ObjectStore<T>(_functions, _picture.Without(key), Reindex(old, null)) : this;

    /// <summary>Exactly these objects, with the same indexes.</summary>
    internal ObjectStore<T> ReplacedBy(IEnumerable<T> items)
    {
        ObjectPicture<T> picture = ObjectPicture<T>.Of(items);
        var buckets = new Dictionary<(string Index, string Value), ImmutableHashSet<ObjectKey>.Builder>();
        foreach ((ObjectKey key, T item) in picture.Items)
        {
            foreach ((string name, Func<T, IEnumerable<string>> function) in _functions)
            {
                foreach (string value in function(item))
                {
                    if (!buckets.TryGetValue((name, value), out ImmutableHashSet<ObjectKey>.Builder? bucket))
                    {
                        buckets[(name, value)] = bucket = ImmutableHashSet.CreateBuilder<ObjectKey>();
                    }

                    bucket.Add(key);
                }
            }
        }

        return new ObjectStore<T>(_functions, picture, buckets.ToImmutableDictionary(b => b.Key, b => b.Value.ToImmutable()));
    }

    internal IReadOnlyCollection<T> ByIndex(string index, string value)
    {
        if (_indexes.TryGetValue((index, value), out ImmutableHashSet<ObjectKey>? found))
        {
            return new KeyedCollection<T>(found, Items);
        }

        return _functions.ContainsKey(index) ? [] : throw new ArgumentException($"{typeof(T).Name} has no index \"{index}\"", nameof(index));
    }

    private ImmutableDictionary<(string Index, string Value), ImmutableHashSet<ObjectKey>> Reindex(T? old, T? current)
    {
        ImmutableDictionary<(string Index, string Value), ImmutableHashSet<ObjectKey>> indexes = _indexes;
        ObjectKey key = (current ?? old)!.Key;
        foreach ((string name, Func<T, IEnumerable<string>> function) in _functions)
        {
            string[] before = old is null ? [] : [.. function(old)];
            string[] after = current is null ? [] : [.. function(current)];
            if (before.AsSpan().SequenceEqual(after))
            {
                continue;
            }

            foreach (string value in before.Except(after))
            {
                ImmutableHashSet<ObjectKey> rest = indexes[(name, value)].Remove(key);
                indexes = rest.IsEmpty ? indexes.Remove((name, value)) : indexes.SetItem((name, value), rest);
            }

            foreach (string value in after.Except(before))
            {
                indexes = indexes.SetItem((name, value), indexes.GetValueOrDefault((name, value), []).Add(key));
            }
        }

        return indexes;
    }
}
