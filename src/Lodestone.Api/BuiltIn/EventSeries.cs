using System.Text.Json.Serialization;
using Lodestone.Api.Json;

namespace Lodestone.Api.BuiltIn;

/// <summary>How an event went on happening (core/v1 and events/v1 EventSeries).</summary>
public sealed class EventSeries
{
    /// <summary>How often, without the first time.</summary>
    public int? Count { get; set; }
    /// <summary>When it happened last.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? LastObservedTime { get; set; }
}
