using System.Text.Json.Serialization;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;

namespace Lodestone.Api.BuiltIn;

/// <summary>Something that happened to an object, for a person to read (core/v1).</summary>
public sealed class Event : KubernetesObject
{
    /// <summary>What it is about.</summary>
    public ObjectReference? InvolvedObject { get; set; }
    /// <summary>What happened, in one CamelCase word.</summary>
    public string? Reason { get; set; }
    /// <summary>What happened, for a person.</summary>
    public string? Message { get; set; }
    /// <summary>Who tells it.</summary>
    public EventSource? Source { get; set; }
    /// <summary>When it happened first.</summary>
    public DateTimeOffset? FirstTimestamp { get; set; }
    /// <summary>When it happened last.</summary>
    public DateTimeOffset? LastTimestamp { get; set; }
    /// <summary>How often.</summary>
    public int? Count { get; set; }
    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string? Type { get; set; }
    /// <summary>When it happened, with microseconds.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EventTime { get; set; }

    /// <summary>How it went on; null where it happened once, and in events that count otherwise.</summary>
    public EventSeries? Series { get; set; }
    /// <summary>What was done about it.</summary>
    public string? Action { get; set; }
    /// <summary>Another object that has to do with it.</summary>
    public ObjectReference? Related { get; set; }
    /// <summary>The controller that tells it.</summary>
    public string? ReportingComponent { get; set; }
    /// <summary>The instance of that controller.</summary>
    public string? ReportingInstance { get; set; }
}
