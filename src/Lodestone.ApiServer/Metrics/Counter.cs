namespace Lodestone.ApiServer.Metrics;

/// <summary>A number that only grows.</summary>
internal sealed class Counter
{
    private long _value;

    /// <summary>The number now.</summary>
    public long Value => Volatile.Read(ref _value);

    /// <summary>Adds to it.</summary>
    public void Add(long count = 1) => Interlocked.Add(ref _value, count);
}
