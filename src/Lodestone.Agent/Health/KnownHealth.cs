using System.Collections.Immutable;

namespace Lodestone.Agent.Health;

/// <summary>What is known of a target. Immutable.</summary>
/// <param name="IsHealthy">Whether it is well.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="Message">Of an unhealthy one: how the check failed that made it so; of one that flaps, for how long it is held.</param>
/// <param name="IsFlapping">Of an unhealthy one: its checks succeed, and it is held because they failed so often.</param>
internal sealed record KnownHealth(bool IsHealthy, DateTimeOffset Since, string? Message, bool IsFlapping = false)
{
    /// <summary>When it became unhealthy last, and before that within <see cref="FlapDamping.Window"/>; the oldest first.</summary>
    public ImmutableArray<DateTimeOffset> FailedAt { get; init; } = [];
}
