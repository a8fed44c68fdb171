using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="Event"/>.</summary>
internal sealed class EventStrategy : ResourceStrategy<Event>
{
    private protected override void KeepDesiredState(Event resource, Event old)
    {
        resource.InvolvedObject = old.InvolvedObject;
        resource.Reason = old.Reason;
        resource.Message = old.Message;
        resource.Source = old.Source;
        resource.FirstTimestamp = old.FirstTimestamp;
        resource.LastTimestamp = old.LastTimestamp;
        resource.Count = old.Count;
        resource.Type = old.Type;
        resource.EventTime = old.EventTime;
        resource.Action = old.Action;
        resource.ReportingComponent = old.ReportingComponent;
        resource.ReportingInstance = old.ReportingInstance;
    }

    private protected override void ValidateContent(Event resource, FieldErrorList errors)
    {
        if (resource.InvolvedObject is null)
        {
            errors.Required(FieldPath.Root("involvedObject"), "must specify what the event is about");
        }
        else if (resource.InvolvedObject.Namespace is { Length: > 0 } scope && scope != resource.Metadata.Namespace)
        {
            errors.Invalid(FieldPath.Root("involvedObject").Child("namespace"), scope, "does not match event.namespace");
        }

        if (resource.Type is { Length: > 0 } type and not ("Normal" or "Warning"))
        {
            errors.NotSupported(FieldPath.Root("type"), type, ["Normal", "Warning"]);
        }
    }
}
