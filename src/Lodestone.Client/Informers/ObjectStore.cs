using System.Collections.Immutable;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Informers;

/// <summary>An immutable picture of one kind with its indexes. A change makes a new picture that shares most of the old one.</summary>
internal sealed class ObjectStore<T>
    where T : KubernetesObject
{
    internal const string NamespaceIndex = "namespace";

    private readonly ImmutableDictionary<string, Func<T, IEnumerable<string>>> _functions;
    private readonly ImmutableDictionary<ObjectKey, T> _items;
    private readonly ImmutableDictionary<(string Index, string Value), ImmutableDictionary<ObjectKey, T>> _indexes;

    private ObjectStore(
        ImmutableDictionary<string, Func<T, IEnumerable<string>>> functions,
        ImmutableDictionary<ObjectKey, T> items,
        ImmutableDictionary<(string Index, string Value), ImmutableDictionary<ObjectKey, T>> indexes)
    {
        _functions = functions;
        _items = items;
        _indexes = indexes;
    }

    internal static ObjectStore<T> Empty { get; } = new(
        ImmutableDictionary<string, Func<T, IEnumerable<string>>>.Empty.Add(NamespaceIndex, o => [o.Metadata.Namespace ?? ""]),
        ImmutableDictionary<ObjectKey, T>.Empty,
        ImmutableDictionary<(string Index, string Value), ImmutableDictionary<ObjectKey, T>>.Empty);

    internal ImmutableDictionary<ObjectKey, T> Items => _items;

    /// <summary>The same objects with one index more.</summary>
    internal ObjectStore<T> WithIndex(string name, Func<T, IEnumerable<string>> function) =>
        new ObjectStore<T>(_functions.SetItem(name, function), Empty._items, Empty._indexes).ReplacedBy(_items.Values);

    internal ObjectStore<T> With(T item)
    {
        var indexes = _indexes;
        if (_items.TryGetValue(item.Key, out T? old))
        {
            indexes = Unindex(indexes, old);
        }

        return new ObjectStore<T>(_functions, _items.SetItem(item.Key, item), Index(indexes, item));
    }

    internal ObjectStore<T> Without(ObjectKey key) =>
        _items.TryGetValue(key, out T? old) ? new ObjectStore<T>(_functions, _items.Remove(key), Unindex(_indexes, old)) : this;

    /// <summary>Exactly these objects, with the same indexes.</summary>
    internal ObjectStore<T> ReplacedBy(IEnumerable<T> items)
    {
        var itemBuilder = ImmutableDictionary.CreateBuilder<ObjectKey, T>();
        var buckets = new Dictionary<(string Index, string Value), ImmutableDictionary<ObjectKey, T>.Builder>();
        foreach (T item in items)
        {
            itemBuilder[item.Key] = item;
            foreach ((string name, Func<T, IEnumerable<string>> function) in _functions)
            {
                foreach (string value in function(item))
                {
                    if (!buckets.TryGetValue((name, value), out ImmutableDictionary<ObjectKey, T>.Builder? bucket))
                    {
                        buckets[(name, value)] = bucket = ImmutableDictionary.CreateBuilder<ObjectKey, T>();
                    }

                    bucket[item.Key] = item;
                }
            }
        }

        return new ObjectStore<T>(_functions, itemBuilder.ToImmutable(), buckets.ToImmutableDictionary(b => b.Key, b => b.Value.ToImmutable()));
    }

    internal IReadOnlyCollection<T> ByIndex(string index, string value)
    {
        if (_indexes.TryGetValue((index, value), out ImmutableDictionary<ObjectKey, T>? found))
        {
            return new ValueCollection<T>(found);
        }

        return _functions.ContainsKey(index) ? [] : throw new ArgumentException($"{typeof(T).Name} has no index \"{index}\"", nameof(index));
    }

    private ImmutableDictionary<(string Index, string Value), ImmutableDictionary<ObjectKey, T>> Index(
        ImmutableDictionary<(string Index, string Value), ImmutableDictionary<ObjectKey, T>> indexes, T item)
    {
        foreach ((string name, Func<T, IEnumerable<string>> function) in _functions)
        {
            foreach (string value in function(item))
            {
                ImmutableDictionary<ObjectKey, T> found = indexes.GetValueOrDefault((name, value), ImmutableDictionary<ObjectKey, T>.Empty);
                indexes = indexes.SetItem((name, value), found.SetItem(item.Key, item));
            }
        }

        return indexes;
    }

    private ImmutableDictionary<(string Index, string Value), ImmutableDictionary<ObjectKey, T>> Unindex(
        ImmutableDictionary<(string Index, string Value), ImmutableDictionary<ObjectKey, T>> indexes, T item)
    {
        foreach ((string name, Func<T, IEnumerable<string>> function) in _functions)
        {
            foreach (string value in function(item))
            {
                if (indexes.TryGetValue((name, value), out ImmutableDictionary<ObjectKey, T>? found))
                {
                    found = found.Remove(item.Key);
                    indexes = found.IsEmpty ? indexes.Remove((name, value)) : indexes.SetItem((name, value), found);
                }
            }
        }

        return indexes;
    }
}
