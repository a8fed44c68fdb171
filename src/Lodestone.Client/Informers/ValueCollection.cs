using System.Collections;
using System.Collections.Immutable;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Informers;

/// <summary>The values of an immutable dictionary as a collection that knows its size, without a copy.</summary>
internal sealed class ValueCollection<T>(ImmutableDictionary<ObjectKey, T> items) : IReadOnlyCollection<T>
{
    /// <inheritdoc/>
    public int Count => items.Count;

    /// <summary>Whether it shows these values.</summary>
    public bool IsOf(ImmutableDictionary<ObjectKey, T> others) => ReferenceEquals(items, others);

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        foreach (KeyValuePair<ObjectKey, T> item in items)
        {
            yield return item.Value;
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
