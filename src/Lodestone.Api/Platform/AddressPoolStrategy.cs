using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="AddressPool"/>.</summary>
internal sealed class AddressPoolStrategy : ResourceStrategy<AddressPool>
{
    protected override bool IsNamespaced => false;

    public override void PrepareForCreate(AddressPool resource, ICollection<string> warnings) => resource.Status = null;

    public override void PrepareForUpdate(AddressPool resource, AddressPool old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(AddressPool resource, AddressPool old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(AddressPool resource, FieldErrorList errors)
    {
        AddressPoolSpec spec = resource.Spec;
        FieldPath path = FieldPath.Spec;
        if (spec.Addresses is not { Count: > 0 })
        {
            errors.Required(path.Child("addresses"), "must specify addresses");
        }

        ValidateRanges(spec.Addresses, path.Child("addresses"), errors);
        ValidateRanges(spec.ExcludedAddresses, path.Child("excludedAddresses"), errors);
        LabelSelectorValidation.Validate(spec.NamespaceSelector, path.Child("namespaceSelector"), errors);
        LabelSelectorValidation.Validate(spec.LoadBalancerSelector, path.Child("loadBalancerSelector"), errors);
    }

    private static void ValidateRanges(List<string>? texts, FieldPath path, FieldErrorList errors)
    {
        var seen = new HashSet<AddressRange>();
        for (int i = 0; i < texts?.Count; i++)
        {
            if (!AddressRange.TryParse(texts[i], out AddressRange range, out string problem))
            {
                errors.Invalid(path.Index(i), texts[i], problem);
            }
            else if (!seen.Add(range))
            {
                errors.Duplicate(path.Index(i), texts[i]);
            }
        }
    }
}
