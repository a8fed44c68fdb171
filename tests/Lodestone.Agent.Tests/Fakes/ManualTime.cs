namespace Lodestone.Agent.Tests.Fakes;

/// <summary>A clock that goes when it is told to.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private TimeSpan _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => start + _elapsed;

    public override long GetTimestamp() => _elapsed.Ticks;

    public void Advance(TimeSpan by) => _elapsed += by;
}
