namespace Lodestone.Client.Queues;

/// <summary>How patient a <see cref="WorkQueue{TKey}"/> is with keys that fail.</summary>
public sealed record WorkQueueOptions
{
    /// <summary>Delay after the first failure of a key; doubles with each further one.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest delay after a failure.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Failed keys let through per second over all keys, once <see cref="RetryBurst"/> is used up.</summary>
    public double RetriesPerSecond { get; init; } = 50;

    /// <summary>Failed keys let through at once over all keys.</summary>
    public int RetryBurst { get; init; } = 200;
}
