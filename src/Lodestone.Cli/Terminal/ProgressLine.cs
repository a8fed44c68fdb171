using Lodestone.ApiServer.Storage.Tools;

namespace Lodestone.Cli.Terminal;

/// <summary>Says on stderr how far something is, once it has taken some seconds and then once a second.</summary>
/// <param name="time">The clock.</param>
/// <param name="done">What was done so far, as in <c>backed up</c>.</param>
internal sealed class ProgressLine(TimeProvider time, string done) : IProgress<StoreProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private long _saidAt = time.GetTimestamp();

    /// <inheritdoc/>
    public void Report(StoreProgress value)
    {
        if (time.GetElapsedTime(_saidAt) >= Interval)
        {
            _saidAt = time.GetTimestamp();
            Console.Error.WriteLine($"{done} {Size.Of(value.Bytes)} of about {Size.Of(value.TotalBytes)}");
        }
    }
}
