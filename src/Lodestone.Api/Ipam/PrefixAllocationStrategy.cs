using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Ipam;

/// <summary>Rules for <see cref="PrefixAllocation"/>.</summary>
internal sealed class PrefixAllocationStrategy : ResourceStrategy<PrefixAllocation>
{
    private const string Failed = "Failed";

    public override void Default(PrefixAllocation resource)
    {
        PrefixAllocationSpec spec = resource.Spec;
        spec.Prefix = IpamValidation.Canonical(spec.Prefix);
        spec.IpFamily = IpamValidation.DefaultFamily(spec.IpFamily, spec.Prefix, spec.PrefixLength);
    }

    public override void PrepareForCreate(PrefixAllocation resource, ICollection<string> warnings) =>
        resource.Status = new PrefixAllocationStatus { Phase = IpamValidation.Pending };

    public override void PrepareForUpdate(PrefixAllocation resource, PrefixAllocation old, ICollection<string> warnings) =>
        resource.Status = old.Status;

    private protected override void KeepDesiredState(PrefixAllocation resource, PrefixAllocation old)
    {
        resource.Spec = old.Spec;
        resource.Status ??= new PrefixAllocationStatus();
        resource.Status.Phase = string.IsNullOrEmpty(resource.Status.Phase) ? IpamValidation.Pending : resource.Status.Phase;
        resource.Status.Prefix = IpamValidation.Canonical(resource.Status.Prefix);
    }

    private protected override void ValidateContent(PrefixAllocation resource, FieldErrorList errors)
    {
        PrefixAllocationSpec spec = resource.Spec;
        FieldPath path = FieldPath.Spec;
        string? family = PrefixSpecValidation.ValidateFamily(spec.IpFamily, path.Child("ipFamily"), errors);
        PrefixSpecValidation.ValidatePrefix(spec.Prefix, family, path.Child("prefix"), errors);
        int length = spec.PrefixLength ?? 0;
        if (length != 0)
        {
            PrefixSpecValidation.ValidateLength(length, spec.IpFamily, family, path.Child("prefixLength"), errors);
        }

        IpamValidation.ValidateReference(spec.PrefixRef, path.Child("prefixRef"), errors);
        LabelSelectorValidation.Validate(spec.PrefixSelector, path.Child("prefixSelector"), errors);
        if (spec.Prefix is not null && length > 0)
        {
            errors.Forbidden(path.Child("prefixLength"), "must not specify more than 1 request");
        }
        else if (spec.Prefix is null && length <= 0)
        {
            errors.Invalid(path, null, "must specify a request");
        }

        if (spec.PrefixRef is null && spec.PrefixSelector is null)
        {
            errors.Invalid(path, null, "must specify a source");
        }
    }

    private protected override void ValidateChange(PrefixAllocation resource, PrefixAllocation old, FieldErrorList errors)
    {
        (PrefixAllocationSpec now, PrefixAllocationSpec before) = (resource.Spec, old.Spec);
        bool isSame = now.IpFamily == before.IpFamily
            && now.Prefix == before.Prefix
            && (now.PrefixLength ?? 0) == (before.PrefixLength ?? 0)
            && (before.PrefixRef is null || now.PrefixRef?.Name == before.PrefixRef.Name)
            && IpamValidation.AreEqual(now.PrefixSelector, before.PrefixSelector);
        IpamValidation.RequireSameSpec(isSame, "prefixRef", errors);
    }

    private protected override void ValidateStatus(PrefixAllocation resource, FieldErrorList errors)
    {
        IpamValidation.ValidatePhase(resource.Status?.Phase, errors, IpamValidation.Pending, IpamValidation.Allocated, Failed);
        FieldPath path = FieldPath.Status.Child("prefix");
        string? prefix = resource.Status?.Prefix;
        PrefixSpecValidation.ValidatePrefix(prefix, null, path, errors);
        if (resource.Status?.Phase == IpamValidation.Allocated && prefix is null)
        {
            errors.Required(path, "must specify prefix when allocated");
        }
        else if (resource.Status?.Phase != IpamValidation.Allocated && prefix is not null)
        {
            errors.Forbidden(path, "must not specify a prefix when not allocated");
        }
    }

    private protected override void ValidateStatusChange(PrefixAllocation resource, PrefixAllocation old, FieldErrorList errors)
    {
        string phase = resource.Status?.Phase ?? IpamValidation.Pending;
        if (old.Status?.Phase is IpamValidation.Allocated or Failed && phase != old.Status.Phase)
        {
            errors.Forbidden(FieldPath.Status.Child("phase"), "must not set failed / allocated allocation to non-failed / non-allocated");
        }

        FieldPath path = FieldPath.Status.Child("prefix");
        PrefixAllocationSpec spec = resource.Spec;
        if (!IPFamily.TryParsePrefix(resource.Status?.Prefix, out System.Net.IPAddress? address, out int length))
        {
            return;
        }

        if (IPFamily.Of(address) != spec.IpFamily)
        {
            errors.Invalid(path, resource.Status.Prefix, $"expected ip family {spec.IpFamily} but got {IPFamily.Of(address)}");
        }

        if (spec.Prefix is not null && resource.Status.Prefix != spec.Prefix)
        {
            errors.Forbidden(path, $"does not match spec prefix {spec.Prefix}");
        }

        if (spec.PrefixLength > 0 && length != spec.PrefixLength)
        {
            errors.Forbidden(path, $"does not match spec prefix length {spec.PrefixLength}");
        }

        if (spec.PrefixRef is null)
        {
            errors.Forbidden(path, "spec.prefixRef needs to be set first");
        }
    }
}
