namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Counts how often one session ended, in all and lately.</summary>
internal sealed class FlapCounter(TimeProvider time)
{
    /// <summary>How often is too often, within <see cref="Window"/>.</summary>
    public const int Limit = 3;

    /// <summary>How long an end counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly Queue<DateTimeOffset> _ends = new();
    private BgpNeighborState? _last;

    /// <summary>Ends in all, since the agent started.</summary>
    public long Total { get; private set; }

    /// <summary>Ends within <see cref="Window"/>.</summary>
    public int Recent
    {
        get
        {
            DateTimeOffset since = time.GetUtcNow() - Window;
            while (_ends.TryPeek(out DateTimeOffset end) && end < since)
            {
                _ends.Dequeue();
            }

            return _ends.Count;
        }
    }

    /// <summary>Takes what the daemon says. Ends that came and went between two looks count where the daemon counts them.</summary>
    public void Observe(BgpNeighborState state)
    {
        if (_last is { } last)
        {
            long counted = state.Drops - last.Drops;
            long ends = counted > 0 ? counted : last.IsEstablished && !state.IsEstablished ? 1 : 0;
            Total += ends;
            for (int i = 0; i < Math.Min(ends, Limit); i++)
            {
                _ends.Enqueue(time.GetUtcNow());
            }
        }

        _last = state;
    }
}
