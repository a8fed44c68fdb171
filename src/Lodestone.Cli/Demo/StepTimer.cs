namespace Lodestone.Cli.Demo;

/// <summary>Tells on dispose how long it lived.</summary>
internal sealed class StepTimer(TimeProvider time, Action<TimeSpan> tell) : IDisposable
{
    private readonly long _start = time.GetTimestamp();

    /// <inheritdoc/>
    public void Dispose() => tell(time.GetElapsedTime(_start));
}
