using System.Collections.Immutable;

namespace Lodestone.Agent.Apply;

/// <summary>What two states do not share, by reference: parts of a state are immutable, so the same instance says the same.</summary>
/// <remarks>
/// Costs one comparison of references for each part that has stayed where it was. In whatever order parts come, none that differs is
/// missed, as long as no part occurs twice in a state.
/// </remarks>
internal readonly record struct Difference<T>(List<T> Gone, List<T> Come)
    where T : class
{
    public bool IsEmpty => Gone.Count + Come.Count == 0;

    public static Difference<T> Between(ImmutableArray<T> before, ImmutableArray<T> after)
    {
        if (before == after)
        {
            return new Difference<T>([], []);
        }

        ReadOnlySpan<T> old = before.AsSpan(), next = after.AsSpan();
        int same = 0;
        while (same < old.Length && same < next.Length && ReferenceEquals(old[same], next[same]))
        {
            same++;
        }

        old = old[same..];
        next = next[same..];
        same = 0;
        while (same < old.Length && same < next.Length && ReferenceEquals(old[^(same + 1)], next[^(same + 1)]))
        {
            same++;
        }

        old = old[..^same];
        next = next[..^same];

        List<T> gone = [], come = [];
        bool isAligned = old.Length == next.Length;
        for (int i = 0; i < old.Length; i++)
        {
            if (!isAligned || !ReferenceEquals(old[i], next[i]))
            {
                gone.Add(old[i]);
            }
        }

        for (int i = 0; i < next.Length; i++)
        {
            if (!isAligned || !ReferenceEquals(old[i], next[i]))
            {
                come.Add(next[i]);
            }
        }

        // What has only moved.
        HashSet<T> left = new(gone, ReferenceEqualityComparer.Instance);
        HashSet<T> moved = new(ReferenceEqualityComparer.Instance);
        come.RemoveAll(part => left.Contains(part) && moved.Add(part));
        gone.RemoveAll(moved.Contains);
        return new Difference<T>(gone, come);
    }
}
