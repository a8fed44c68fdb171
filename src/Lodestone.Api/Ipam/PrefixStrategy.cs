using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Ipam;

/// <summary>Rules for <see cref="Prefix"/>.</summary>
internal sealed class PrefixStrategy : ResourceStrategy<Prefix>
{
    public override void Default(Prefix resource)
    {
        PrefixSpec spec = resource.Spec;
        spec.Prefix = IpamValidation.Canonical(spec.Prefix);
        spec.IpFamily = IpamValidation.DefaultFamily(spec.IpFamily, spec.Prefix, spec.PrefixLength);
    }

    public override void PrepareForCreate(Prefix resource, ICollection<string> warnings) =>
        resource.Status = new PrefixStatus { Phase = IpamValidation.Pending };

    public override void PrepareForUpdate(Prefix resource, Prefix old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(Prefix resource, Prefix old)
    {
        resource.Spec = old.Spec;
        resource.Status ??= new PrefixStatus();
        resource.Status.Phase = string.IsNullOrEmpty(resource.Status.Phase) ? IpamValidation.Pending : resource.Status.Phase;
        resource.Status.Used = resource.Status.Used?.ConvertAll(p => IpamValidation.Canonical(p)!);
        resource.Status.Holders?.ForEach(h => h.Prefix = IpamValidation.Canonical(h.Prefix)!);
    }

    private protected override void ValidateContent(Prefix resource, FieldErrorList errors) =>
        PrefixSpecValidation.Validate(resource.Spec, FieldPath.Spec, errors);

    private protected override void ValidateChange(Prefix resource, Prefix old, FieldErrorList errors)
    {
        (PrefixSpec now, PrefixSpec before) = (resource.Spec, old.Spec);
        bool wasRoot = before.ParentRef is null && before.ParentSelector is null;
        bool isSame = now.IpFamily == before.IpFamily
            && (before.Prefix is null || now.Prefix == before.Prefix)
            && (before.PrefixLength is null or 0 || now.PrefixLength == before.PrefixLength)
            && ((before.ParentRef is null && !wasRoot) || now.ParentRef?.Name == before.ParentRef?.Name)
            && IpamValidation.AreEqual(now.ParentSelector, before.ParentSelector);
        IpamValidation.RequireSameSpec(isSame, wasRoot ? "prefix and prefixLength" : "prefix, prefixLength and parentRef", errors);
    }

    private protected override void ValidateStatus(Prefix resource, FieldErrorList errors)
    {
        IpamValidation.ValidatePhase(resource.Status?.Phase, errors, IpamValidation.Pending, IpamValidation.Allocated);
        FieldPath path = FieldPath.Status.Child("used");
        List<string> used = resource.Status?.Used ?? [];
        if (resource.Status?.Phase != IpamValidation.Allocated)
        {
            if (used.Count > 0)
            {
                errors.Invalid(path, Describe(used), "must not specify used if the prefix is not succeeded");
            }

            return;
        }

        var ranges = new List<PrefixRange>(used.Count);
        for (int i = 0; i < used.Count; i++)
        {
            if (PrefixRange.TryParse(used[i], out PrefixRange range))
            {
                ranges.Add(range);
            }
            else
            {
                errors.Invalid(path.Index(i), used[i], "must specify a valid prefix");
            }
        }

        string[] families = [.. ranges.Select(r => r.Family).Distinct().Order(StringComparer.Ordinal)];
        if (families.Length > 1)
        {
            errors.Invalid(path, Describe(used), $"different bit lengths among prefixes: [{string.Join(' ', families)}]");
        }

        ranges.Sort((a, b) => (a.Family, a.First).CompareTo((b.Family, b.First)));
        if (ranges.Zip(ranges.Skip(1)).Any(pair => pair.First.Overlaps(pair.Second)))
        {
            errors.Invalid(path, Describe(used), "overlapping used addresses");
        }
    }

    private protected override void ValidateStatusChange(Prefix resource, Prefix old, FieldErrorList errors)
    {
        bool isAllocated = resource.Status?.Phase == IpamValidation.Allocated;
        if (old.Status?.Phase == IpamValidation.Allocated && !isAllocated)
        {
            errors.Forbidden(FieldPath.Status.Child("phase"), "may not update from allocated to non-allocated phase");
        }

        PrefixSpec spec = resource.Spec;
        if (isAllocated && spec.Prefix is null)
        {
            errors.Required(FieldPath.Spec.Child("prefix"), "must specify prefix if allocated");
        }

        if (isAllocated && spec.ParentSelector is not null && spec.ParentRef is null)
        {
            errors.Required(FieldPath.Spec.Child("parentRef"), "must specify parentRef when allocating sub-prefix");
        }

        if (!PrefixRange.TryParse(spec.Prefix, out PrefixRange whole))
        {
            return;
        }

        for (int i = 0; i < resource.Status?.Used?.Count; i++)
        {
            if (PrefixRange.TryParse(resource.Status.Used[i], out PrefixRange part) && !whole.Contains(part))
            {
                errors.Forbidden(FieldPath.Status.Child("used").Index(i), $"not contained in prefix {spec.Prefix}");
            }
        }
    }

    private static GoValue Describe(List<string> prefixes) => new($"[{string.Join(", ", prefixes.Select(FieldError.Quote))}]");
}
