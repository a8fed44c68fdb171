using System.Text;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules of events: few for those written as core/v1, strict ones for events.k8s.io (Kubernetes' pkg/apis/core/validation/events.go).</summary>
/// <remarks>Errors name the fields of core/v1 in either group, as Kubernetes' do.</remarks>
internal static class EventValidation
{
    private const int MaxWordBytes = 128;
    private const int MaxMessageBytes = 1024;

    /// <summary>Adds the problems that matter in both groups.</summary>
    /// <param name="value">The event.</param>
    /// <param name="controllerField">What the group calls the controller that tells it.</param>
    /// <param name="errors">Where to.</param>
    public static void Validate(Event value, string controllerField, FieldErrorList errors)
    {
        string scope = value.InvolvedObject?.Namespace ?? "";
        string ns = value.Metadata.Namespace ?? "";
        bool isNew = value.EventTime is not null;
        bool isSame = scope.Length > 0 ? isNew || ns == scope : ns == "default" || (isNew && ns == "kube-system");
        if (!isSame)
        {
            errors.Invalid(FieldPath.Root("involvedObject").Child("namespace"), scope, "does not match event.namespace");
        }

        if (!isNew)
        {
            return;
        }

        string controller = value.ReportingComponent ?? "";
        if (controller.Length == 0)
        {
            errors.Required(FieldPath.Root(controllerField));
        }

        errors.Invalid(FieldPath.Root(controllerField), controller, Names.CheckQualifiedName(controller));
        ValidateWord("reportingInstance", value.ReportingInstance, errors);
        ValidateWord("action", value.Action, errors);
        ValidateWord("reason", value.Reason, errors);
        ValidateLength("message", value.Message, MaxMessageBytes, errors);
    }

    /// <summary>Adds what a new event of events.k8s.io lacks, or should not have.</summary>
    public static void ValidateNew(Event value, FieldErrorList errors)
    {
        ValidateSeries(value.Series, errors);
        if (value.EventTime is null)
        {
            errors.Required(FieldPath.Root("eventTime"));
        }

        if (value.Type is not ("Normal" or "Warning"))
        {
            errors.Invalid(FieldPath.Root("type"), "", $"has invalid value: {value.Type}");
        }

        RequireUnset("firstTimestamp", value.FirstTimestamp is null, errors);
        RequireUnset("lastTimestamp", value.LastTimestamp is null, errors);
        RequireUnset("count", value.Count is null or 0, errors);
        RequireUnset("source", string.IsNullOrEmpty(value.Source?.Component) && string.IsNullOrEmpty(value.Source?.Host), errors);
    }

    /// <summary>Adds what changed although it may not: of an event of events.k8s.io only the series goes on.</summary>
    public static void ValidateChange(Event value, Event old, FieldErrorList errors)
    {
        if ((value.Series?.Count, value.Series?.LastObservedTime) != (old.Series?.Count, old.Series?.LastObservedTime))
        {
            ValidateSeries(value.Series, errors);
        }

        RequireSame("involvedObject", Describe(value.InvolvedObject), Describe(old.InvolvedObject), errors);
        RequireSame("reason", value.Reason, old.Reason, errors);
        RequireSame("message", value.Message, old.Message, errors);
        RequireSame("source", Describe(value.Source), Describe(old.Source), errors);
        RequireSame("firstTimestamp", value.FirstTimestamp, old.FirstTimestamp, errors);
        RequireSame("lastTimestamp", value.LastTimestamp, old.LastTimestamp, errors);
        RequireSame("count", value.Count ?? 0, old.Count ?? 0, errors);
        RequireSame("type", value.Type, old.Type, errors);
        RequireSame("eventTime", value.EventTime, old.EventTime, errors);
        RequireSame("action", value.Action, old.Action, errors);
        RequireSame("related", Describe(value.Related), Describe(old.Related), errors);
        RequireSame("reportingController", value.ReportingComponent, old.ReportingComponent, errors);
        RequireSame("reportingInstance", value.ReportingInstance, old.ReportingInstance, errors);
    }

    private static void ValidateSeries(EventSeries? series, FieldErrorList errors)
    {
        if (series is null)
        {
            return;
        }

        if (series.Count is null or < 2)
        {
            errors.Invalid(FieldPath.Root("series.count"), "", "should be at least 2");
        }

        if (series.LastObservedTime is null)
        {
            errors.Required(FieldPath.Root("series.lastObservedTime"));
        }
    }

    private static void ValidateWord(string field, string? value, FieldErrorList errors)
    {
        if (string.IsNullOrEmpty(value))
        {
            errors.Required(FieldPath.Root(field));
        }

        ValidateLength(field, value, MaxWordBytes, errors);
    }

    private static void ValidateLength(string field, string? value, int maxBytes, FieldErrorList errors)
    {
        if (Encoding.UTF8.GetByteCount(value ?? "") > maxBytes)
        {
            errors.Invalid(FieldPath.Root(field), "", $"can have at most {maxBytes} characters");
        }
    }

    private static void RequireUnset(string field, bool isUnset, FieldErrorList errors)
    {
        if (!isUnset)
        {
            errors.Invalid(FieldPath.Root(field), "", "needs to be unset");
        }
    }

    private static void RequireSame(string field, object? value, object? old, FieldErrorList errors)
    {
        if (!Equals(value ?? "", old ?? ""))
        {
            errors.Invalid(FieldPath.Root(field), value ?? "", Immutable.Detail);
        }
    }

    private static GoValue Describe(ObjectReference? reference)
    {
        static string Quote(string? text) => FieldError.Quote(text ?? "");
        return new GoValue(
            $"core.ObjectReference{{Kind:{Quote(reference?.Kind)}, Namespace:{Quote(reference?.Namespace)}, Name:{Quote(reference?.Name)}, "
            + $"UID:{Quote(reference?.Uid)}, APIVersion:{Quote(reference?.ApiVersion)}, ResourceVersion:{Quote(reference?.ResourceVersion)}, "
            + $"FieldPath:{Quote(reference?.FieldPath)}}}");
    }

    private static GoValue Describe(EventSource? source) =>
        new($"core.EventSource{{Component:{FieldError.Quote(source?.Component ?? "")}, Host:{FieldError.Quote(source?.Host ?? "")}}}");
}
