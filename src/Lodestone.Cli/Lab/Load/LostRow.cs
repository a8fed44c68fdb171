namespace Lodestone.Cli.Lab.Load;

/// <summary>Which of some numbered packets were lost, and for how long.</summary>
internal static class LostRow
{
    /// <summary>Counts the packets that were not answered, and finds the longest row of them.</summary>
    /// <param name="sentAt">When each was sent, in any unit, growing.</param>
    /// <param name="isAnswered">Whether each was answered.</param>
    /// <returns>
    /// How many, and the time from the first packet of the longest row to the first after it, which is what nothing got through in. At the end of all, to
    /// the last packet.
    /// </returns>
    public static (int Lost, long Longest) Find(IReadOnlyList<long> sentAt, IReadOnlyList<bool> isAnswered)
    {
        int lost = 0;
        long longest = 0;
        int? first = null;
        for (int i = 0; i < sentAt.Count; i++)
        {
            if (!isAnswered[i])
            {
                lost++;
                first ??= i;
            }

            if (first is { } began && (isAnswered[i] || i == sentAt.Count - 1))
            {
                longest = Math.Max(longest, sentAt[i] - sentAt[began]);
                first = isAnswered[i] ? null : first;
            }
        }

        return (lost, longest);
    }
}
