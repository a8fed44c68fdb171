using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.BuiltIn;

/// <summary>Rules for <see cref="Lease"/>.</summary>
internal sealed class LeaseStrategy : ResourceStrategy<Lease>
{
    protected override bool RequiresKnownFinalizers => true;

    private protected override void KeepDesiredState(Lease resource, Lease old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(Lease resource, FieldErrorList errors)
    {
        if (resource.Spec?.LeaseDurationSeconds is { } seconds and <= 0)
        {
            errors.Invalid(FieldPath.Spec.Child("leaseDurationSeconds"), seconds, "must be greater than 0");
        }

        if (resource.Spec?.LeaseTransitions is { } transitions and < 0)
        {
            errors.Invalid(FieldPath.Spec.Child("leaseTransitions"), transitions, "must be greater than or equal to 0");
        }
    }
}
