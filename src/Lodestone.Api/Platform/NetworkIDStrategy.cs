using System.Globalization;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="NetworkID"/>: the name is the number, and its claim does not change.</summary>
internal sealed class NetworkIDStrategy : ResourceStrategy<NetworkID>
{
    protected override bool IsNamespaced => false;

    private protected override void KeepDesiredState(NetworkID resource, NetworkID old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(NetworkID resource, FieldErrorList errors)
    {
        string name = resource.Metadata.Name ?? "";
        bool isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int vni)
            && vni.ToString(CultureInfo.InvariantCulture) == name;
        if (!isNumber || vni is < NetworkIDRange.First or > NetworkIDRange.Last)
        {
            errors.Invalid(
                FieldPath.Metadata.Child("name"),
                name,
                $"must be a number from {NetworkIDRange.First} to {NetworkIDRange.Last}, without leading zeros");
        }

        ClaimRefValidation.Validate(resource.Spec.ClaimRef, FieldPath.Spec.Child("claimRef"), errors);
    }

    private protected override void ValidateChange(NetworkID resource, NetworkID old, FieldErrorList errors) =>
        ClaimRefValidation.ValidateChange(resource.Spec.ClaimRef, old.Spec.ClaimRef, FieldPath.Spec.Child("claimRef"), errors);
}
