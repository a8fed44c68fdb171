using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="EventsEvent"/>.</summary>
internal sealed class EventsEventStrategy : ResourceStrategy<EventsEvent>
{
    private const string ControllerField = "reportingController";

    public override FieldErrorList Validate(EventsEvent resource)
    {
        FieldErrorList errors = base.Validate(resource);
        EventValidation.ValidateNew(EventsEvent.ToCore(resource), errors);
        return errors;
    }

    // What an event written as core/v1 lacks doesn't keep anybody from changing it here: the rules of new events are not asked.
    public override FieldErrorList ValidateUpdate(EventsEvent resource, EventsEvent old)
    {
        var errors = new FieldErrorList();
        MetadataValidation.Validate(resource.Metadata, IsNamespaced, CheckName, errors);
        ValidateContent(resource, errors);
        MetadataValidation.ValidateUpdate(resource.Metadata, old.Metadata, errors);
        EventValidation.ValidateChange(EventsEvent.ToCore(resource), EventsEvent.ToCore(old), errors);
        return errors;
    }

    private protected override void ValidateContent(EventsEvent resource, FieldErrorList errors) =>
        EventValidation.Validate(EventsEvent.ToCore(resource), ControllerField, errors);

    // There is no status: everything is what is wanted.
    private protected override void KeepDesiredState(EventsEvent resource, EventsEvent old)
    {
    }
}
