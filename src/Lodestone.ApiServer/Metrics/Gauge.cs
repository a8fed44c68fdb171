namespace Lodestone.ApiServer.Metrics;

/// <summary>A number that goes up and down.</summary>
internal sealed class Gauge
{
    private long _value;

    /// <summary>The number now.</summary>
    public long Value => Volatile.Read(ref _value);

    /// <summary>Changes it by an amount.</summary>
    public void Add(long amount) => Interlocked.Add(ref _value, amount);

    /// <summary>Sets it.</summary>
    public void Set(long value) => Volatile.Write(ref _value, value);
}
