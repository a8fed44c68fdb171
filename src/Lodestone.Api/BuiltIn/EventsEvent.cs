using System.Text.Json.Serialization;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;

namespace Lodestone.Api.BuiltIn;

/// <summary>An <see cref="Event"/> as the group events.k8s.io writes it (events/v1). Both are one object, under other names.</summary>
public sealed class EventsEvent : KubernetesObject
{
    /// <summary>When it happened first, with microseconds.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EventTime { get; set; }

    /// <summary>How it went on; null where it happened once.</summary>
    public EventSeries? Series { get; set; }
    /// <summary>The controller that tells it.</summary>
    public string? ReportingController { get; set; }
    /// <summary>The instance of that controller.</summary>
    public string? ReportingInstance { get; set; }
    /// <summary>What was done about it.</summary>
    public string? Action { get; set; }
    /// <summary>What happened, in one CamelCase word.</summary>
    public string? Reason { get; set; }
    /// <summary>What it is about.</summary>
    public ObjectReference? Regarding { get; set; }
    /// <summary>Another object that has to do with it.</summary>
    public ObjectReference? Related { get; set; }
    /// <summary>What happened, for a person.</summary>
    public string? Note { get; set; }
    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string? Type { get; set; }
    /// <summary>Who tells it, of events written as core/v1.</summary>
    public EventSource? DeprecatedSource { get; set; }
    /// <summary>When it happened first, of events written as core/v1.</summary>
    public DateTimeOffset? DeprecatedFirstTimestamp { get; set; }
    /// <summary>When it happened last, of events written as core/v1.</summary>
    public DateTimeOffset? DeprecatedLastTimestamp { get; set; }
    /// <summary>How often, of events written as core/v1.</summary>
    public int? DeprecatedCount { get; set; }

    /// <summary>The same event as core/v1 writes it. Shares its parts.</summary>
    public static Event ToCore(EventsEvent value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new Event
        {
            Metadata = value.Metadata,
            InvolvedObject = value.Regarding,
            Reason = value.Reason,
            Message = value.Note,
            Source = value.DeprecatedSource,
            FirstTimestamp = value.DeprecatedFirstTimestamp,
            LastTimestamp = value.DeprecatedLastTimestamp,
            Count = value.DeprecatedCount,
            Type = value.Type,
            EventTime = value.EventTime,
            Series = value.Series,
            Action = value.Action,
            Related = value.Related,
            ReportingComponent = value.ReportingController,
            ReportingInstance = value.ReportingInstance,
        };
    }

    /// <summary>The same event as events/v1 writes it. Shares its parts.</summary>
    public static EventsEvent FromCore(Event value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new EventsEvent
        {
            Metadata = value.Metadata,
            EventTime = value.EventTime,
            Series = value.Series,
            ReportingController = value.ReportingComponent,
            ReportingInstance = value.ReportingInstance,
            Action = value.Action,
            Reason = value.Reason,
            Regarding = value.InvolvedObject,
            Related = value.Related,
            Note = value.Message,
            Type = value.Type,
            DeprecatedSource = value.Source,
            DeprecatedFirstTimestamp = value.FirstTimestamp,
            DeprecatedLastTimestamp = value.LastTimestamp,
            DeprecatedCount = value.Count,
        };
    }
}
