namespace Lodestone.Cli.Lab.Load;

/// <summary>How long answers of one flow took. Not thread-safe.</summary>
internal sealed class WaitTimes
{
    private readonly List<TimeSpan> _waits = [];

    /// <summary>How many there were.</summary>
    public int Count => _waits.Count;

    /// <summary>Forgets all.</summary>
    public void Clear() => _waits.Clear();

    /// <summary>An answer took so long.</summary>
    public void Add(TimeSpan wait) => _waits.Add(wait);

    /// <summary>The longest beyond the usual one, which is the median.</summary>
    /// <param name="pending">How long one is being waited for; zero for none.</param>
    public TimeSpan LongestGap(TimeSpan pending)
    {
        if (_waits.Count == 0)
        {
            return pending;
        }

        _waits.Sort();
        TimeSpan longest = _waits[^1] > pending ? _waits[^1] : pending;
        TimeSpan gap = longest - _waits[_waits.Count / 2];
        return gap > TimeSpan.Zero ? gap : TimeSpan.Zero;
    }
}
