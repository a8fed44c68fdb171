using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="Event"/>.</summary>
internal sealed class EventStrategy : ResourceStrategy<Event>
{
    protected override IEnumerable<string> CheckName(string name) => Names.CheckPathSegment(name);

    private protected override void ValidateContent(Event resource, FieldErrorList errors) =>
        EventValidation.Validate(resource, "reportingComponent", errors);

    // There is no status: everything is what is wanted.
    private protected override void KeepDesiredState(Event resource, Event old)
    {
    }
}
