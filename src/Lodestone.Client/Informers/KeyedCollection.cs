using System.Collections;
using System.Collections.Immutable;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Informers;

/// <summary>The objects of some keys as a collection that knows its size, without a copy.</summary>
/// <param name="keys">The keys; each is in <paramref name="items"/>.</param>
/// <param name="items">The picture the keys are of.</param>
internal sealed class KeyedCollection<T>(ImmutableHashSet<ObjectKey> keys, ImmutableDictionary<ObjectKey, T> items) : IReadOnlyCollection<T>
{
    /// <inheritdoc/>
    public int Count => keys.Count;

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        foreach (ObjectKey key in keys)
        {
            yield return items[key];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
