using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Informers;

/// <summary>All objects of a kind at one moment, by name. Immutable; two pictures of one informer know what has changed between them.</summary>
/// <typeparam name="T">The kind.</typeparam>
/// <remarks>A change among 100,000 objects copies some 17 nodes, not the objects, and what has changed since is found by walking the changes.</remarks>
internal sealed class ObjectPicture<T> : IReadOnlyCollection<T>
    where T : KubernetesObject
{
    private readonly ImmutableDictionary<ObjectKey, T> _items;
    private readonly ChangeTrail _trail;

    private ObjectPicture(ImmutableDictionary<ObjectKey, T> items, ChangeTrail trail)
    {
        _items = items;
        _trail = trail;
    }

    /// <summary>Nothing.</summary>
    public static ObjectPicture<T> Empty { get; } = new(ImmutableDictionary<ObjectKey, T>.Empty, new ChangeTrail());

    /// <inheritdoc/>
    public int Count => _items.Count;

    internal ImmutableDictionary<ObjectKey, T> Items => _items;

    /// <summary>A picture of these objects; nothing is known of what they have in common with others.</summary>
    public static ObjectPicture<T> Of(IEnumerable<T> items)
    {
        var builder = ImmutableDictionary.CreateBuilder<ObjectKey, T>();
        foreach (T item in items)
        {
            builder[item.Key] = item;
        }

        return new ObjectPicture<T>(builder.ToImmutable(), new ChangeTrail());
    }

    /// <summary>The collection itself where it is a picture, else a picture of it.</summary>
    public static ObjectPicture<T> From(IReadOnlyCollection<T> items) => items as ObjectPicture<T> ?? Of(items);

    /// <summary>The object of that namespace and name.</summary>
    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value) => _items.TryGetValue(key, out value);

    /// <summary>The object of that namespace and name; null where there is none.</summary>
    public T? Find(ObjectKey key) => _items.GetValueOrDefault(key);

    /// <summary>The same with an object more, or another one in its place.</summary>
    public ObjectPicture<T> With(T item) => new(_items.SetItem(item.Key, item), _trail.After(item.Key));

    /// <summary>The same without an object.</summary>
    public ObjectPicture<T> Without(ObjectKey key) => _items.ContainsKey(key) ? new ObjectPicture<T>(_items.Remove(key), _trail.After(key)) : this;

    /// <summary>The objects that differ, as instances, from those of an earlier picture: what was there and what is.</summary>
    /// <remarks>Costs by the changes where the earlier picture was made into this one by single changes, else by all objects.</remarks>
    public IReadOnlyList<(T? Old, T? New)> ChangesSince(ObjectPicture<T> earlier)
    {
        List<(T? Old, T? New)> changes = [];
        if (ReferenceEquals(_items, earlier._items))
        {
            return changes;
        }

        foreach (ObjectKey key in earlier._trail.KeysTo(_trail) ?? _items.Keys.Union(earlier._items.Keys))
        {
            T? old = earlier.Find(key), current = Find(key);
            if (!ReferenceEquals(old, current))
            {
                changes.Add((old, current));
            }
        }

        return changes;
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        foreach (KeyValuePair<ObjectKey, T> item in _items)
        {
            yield return item.Value;
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
