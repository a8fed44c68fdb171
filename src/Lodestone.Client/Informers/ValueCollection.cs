using System.Collections;
using System.Collections.Immutable;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Informers;

/// <summary>The values of an immutable dictionary as a collection that knows its size, without a copy.</summary>
internal sealed class ValueCollection<T>(ImmutableDictionary<ObjectKey, T> items) : IReadOnlyCollection<T>
{
    /// <inheritdoc/>
    public int Count => items.Count;

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
