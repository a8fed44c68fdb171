using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Lodestone.Agent.Desired;

/// <summary>The order that a state is kept in.</summary>
internal static class PlanOrder
{
    /// <summary>The parts of the next state in order; the same array where all are the same instances.</summary>
    /// <param name="last">Those of the last one, in order.</param>
    /// <param name="changes">Keys whose part may be another one, each once, and their parts; null: there is none.</param>
    /// <param name="keyOf">The key of a part.</param>
    /// <param name="order">The order of keys.</param>
    /// <remarks>Costs a search for each change; what lies between them is copied at once.</remarks>
    public static ImmutableArray<T> Spliced<TKey, T>(ImmutableArray<T> last, IEnumerable<(TKey Key, T? Value)> changes, Func<T, TKey> keyOf, IComparer<TKey> order)
        where T : class
    {
        List<(int At, bool Replaces, T? Value)> edits = [];
        int from = 0, length = last.Length;
        foreach ((TKey key, T? value) in changes.OrderBy(change => change.Key, order))
        {
            int at = Search(last, from, key, keyOf, order);
            T? old = at < last.Length && order.Compare(keyOf(last[at]), key) == 0 ? last[at] : null;
            from = at;
            if (!ReferenceEquals(old, value))
            {
                edits.Add((at, old is not null, value));
                length += (value is null ? 0 : 1) - (old is null ? 0 : 1);
            }
        }

        if (edits.Count == 0)
        {
            return last;
        }

        var sorted = new T[length];
        int taken = 0, made = 0;
        foreach ((int at, bool replaces, T? value) in edits)
        {
            last.AsSpan(taken, at - taken).CopyTo(sorted.AsSpan(made));
            made += at - taken;
            taken = replaces ? at + 1 : at;
            if (value is not null)
            {
                sorted[made++] = value;
            }
        }

        last.AsSpan(taken, last.Length - taken).CopyTo(sorted.AsSpan(made));
        return ImmutableCollectionsMarshal.AsImmutableArray(sorted);
    }

    /// <summary>The last array where another one holds the same instances.</summary>
    public static ImmutableArray<T> OrLast<T>(ImmutableArray<T> last, ImmutableArray<T> next)
        where T : class =>
        last.AsSpan().SequenceEqual(next.AsSpan(), ReferenceEqualityComparer.Instance as IEqualityComparer<T>) ? last : next;

    /// <summary>Where the part of a key is; negative where there is none.</summary>
    public static int Find<TKey, T>(ImmutableArray<T> sorted, TKey key, Func<T, TKey> keyOf, IComparer<TKey> order)
    {
        int at = Search(sorted, 0, key, keyOf, order);
        return at < sorted.Length && order.Compare(keyOf(sorted[at]), key) == 0 ? at : -1;
    }

    /// <summary>Where a key is, or would be.</summary>
    public static int Search<TKey, T>(ImmutableArray<T> sorted, int from, TKey key, Func<T, TKey> keyOf, IComparer<TKey> order)
    {
        int to = sorted.Length;
        while (from < to)
        {
            int middle = from + ((to - from) / 2);
            (from, to) = order.Compare(keyOf(sorted[middle]), key) < 0 ? (middle + 1, to) : (from, middle);
        }

        return from;
    }
}
