namespace Lodestone.Agent;

/// <summary>Remembers that something changed, however often, until it is looked at. Thread-safe.</summary>
internal sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim _raised = new(0, 1);
    private readonly Lock _lock = new();

    /// <summary>Says that something changed.</summary>
    public void Raise()
    {
        lock (_lock)
        {
            if (_raised.CurrentCount == 0)
            {
                _raised.Release();
            }
        }
    }

    /// <summary>Returns once something has changed, or <paramref name="timeout"/> has passed.</summary>
    public async Task WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            await _raised.WaitAsync(cancellationToken);
            return;
        }

        using var timer = new CancellationTokenSource(TimeSpan.FromTicks(Math.Clamp(timeout.Ticks, 1, Longest.Ticks)), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            await _raised.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time has come.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _raised.Dispose();

    /// <summary>A timer holds no more than 49 days; whoever waits looks at the clock again.</summary>
    private static TimeSpan Longest { get; } = TimeSpan.FromHours(1);
}
