using System.Text.Json.Serialization;
using Lodestone.Api.Json;

namespace Lodestone.Api.BuiltIn;

/// <summary>Who holds a <see cref="Lease"/>. Times have microseconds (meta/v1 MicroTime).</summary>
public sealed class LeaseSpec
{
    /// <summary>Who holds it.</summary>
    public string? HolderIdentity { get; set; }
    /// <summary>Seconds after <see cref="RenewTime"/> at which it lapses.</summary>
    public int? LeaseDurationSeconds { get; set; }
    /// <summary>When the holder took it.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; set; }

    /// <summary>When the holder last renewed it.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; set; }

    /// <summary>How often it changed hands.</summary>
    public int? LeaseTransitions { get; set; }
}
