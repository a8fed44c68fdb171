using System.Collections.Immutable;
using Lodestone.Api.Networking;

namespace Lodestone.Agent.Desired;

/// <summary>The orders that a state is computed and kept in.</summary>
internal static class PlanOrder
{
    /// <summary>Load balancers, oldest first (<see cref="NicBindings.Seniority"/>), sorted by numbers as far as that goes.</summary>
    public static LoadBalancer[] ByAge(IReadOnlyCollection<LoadBalancer> all)
    {
        LoadBalancer[] sorted = [.. all];
        long[] ages = [.. sorted.Select(lb => lb.Metadata.CreationTimestamp?.UtcTicks ?? -1)];
        Array.Sort(ages, sorted);
        for (int from = 0, to; from < sorted.Length; from = to)
        {
            for (to = from + 1; to < sorted.Length && ages[to] == ages[from]; to++)
            {
                // As old as the first of them.
            }

            if (to - from > 1)
            {
                sorted.AsSpan(from, to - from).Sort(NicBindings.Seniority);
            }
        }

        return sorted;
    }

    /// <summary>The parts of the next state in order.</summary>
    /// <param name="last">Those of the last one, in order.</param>
    /// <param name="find">A part of the next state by its key; null: there is none.</param>
    /// <param name="keyOf">The key of a part.</param>
    /// <param name="added">All parts whose keys the last state lacks, and perhaps others, in order.</param>
    /// <param name="order">The order of keys.</param>
    public static ImmutableArray<T> Sorted<TKey, T>(ImmutableArray<T> last, Func<TKey, T?> find, Func<T, TKey> keyOf, IEnumerable<T> added, IComparer<TKey> order)
        where T : class
    {
        ImmutableArray<T>.Builder sorted = ImmutableArray.CreateBuilder<T>(last.Length);
        bool isSame = true;
        using IEnumerator<T> more = added.GetEnumerator();
        bool hasMore = more.MoveNext();
        foreach (T old in last)
        {
            TKey key = keyOf(old);
            for (; hasMore && order.Compare(keyOf(more.Current), key) <= 0; hasMore = more.MoveNext())
            {
                if (order.Compare(keyOf(more.Current), key) < 0)
                {
                    sorted.Add(more.Current);
                    isSame = false;
                }
            }

            T? next = find(key);
            isSame &= ReferenceEquals(next, old);
            if (next is not null)
            {
                sorted.Add(next);
            }
        }

        for (; hasMore; hasMore = more.MoveNext())
        {
            sorted.Add(more.Current);
            isSame = false;
        }

        return isSame ? last : sorted.DrainToImmutable();
    }
}
