using Lodestone.Api.Networking;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Ipam;

/// <summary>Validates <see cref="PrefixSpec"/>: a root prefix is given, a child is given or has a length.</summary>
internal static class PrefixSpecValidation
{
    public static void Validate(PrefixSpec spec, FieldPath path, FieldErrorList errors)
    {
        string? family = ValidateFamily(spec.IpFamily, path.Child("ipFamily"), errors);
        int? prefixBits = ValidatePrefix(spec.Prefix, family, path.Child("prefix"), errors);
        int length = spec.PrefixLength ?? 0;
        FieldPath lengthPath = path.Child("prefixLength");

        if (spec.ParentRef is null && spec.ParentSelector is null)
        {
            if (spec.Prefix is null)
            {
                errors.Required(path.Child("prefix"), "must specify for root prefix");
            }

            if (length != 0)
            {
                errors.Invalid(lengthPath, length, "cannot specify prefixLength for a root prefix");
            }

            return;
        }

        if (spec.Prefix is null && length == 0)
        {
            errors.Invalid(path, null, "must specify either prefix or prefixLength");
        }

        if (length != 0)
        {
            ValidateLength(length, spec.IpFamily, family, lengthPath, errors);
        }

        if (prefixBits is not null && length != 0 && length != prefixBits)
        {
            errors.Invalid(lengthPath, length, $"does not match prefix {spec.Prefix}");
        }

        IpamValidation.ValidateReference(spec.ParentRef, path.Child("parentRef"), errors);
        LabelSelectorValidation.Validate(spec.ParentSelector, path.Child("parentSelector"), errors);
    }

    /// <summary>Validates one family; returns it where it is one.</summary>
    public static string? ValidateFamily(string? family, FieldPath path, FieldErrorList errors)
    {
        if (string.IsNullOrEmpty(family))
        {
            errors.Required(path, "must specify ipFamily");
            return null;
        }

        if (family is IPFamily.IPv4 or IPFamily.IPv6)
        {
            return family;
        }

        errors.NotSupported(path, family, IPFamily.All);
        return null;
    }

    /// <summary>Validates a prefix, where there is one; returns its length where it is valid.</summary>
    public static int? ValidatePrefix(string? prefix, string? family, FieldPath path, FieldErrorList errors)
    {
        if (prefix is null)
        {
            return null;
        }

        if (!IPFamily.TryParsePrefix(prefix, out System.Net.IPAddress? address, out int length))
        {
            errors.Invalid(path, prefix, "must specify a valid prefix");
            return null;
        }

        if (family is not null && IPFamily.Of(address) != family)
        {
            errors.Invalid(path, prefix, $"expected ip family {family} but got {IPFamily.Of(address)}");
        }

        return length;
    }

    /// <summary>Validates the length of a prefix.</summary>
    public static void ValidateLength(int length, string? given, string? family, FieldPath path, FieldErrorList errors)
    {
        if (length < 0)
        {
            errors.Invalid(path, length, "has to be > 0");
        }
        else if (string.IsNullOrEmpty(given))
        {
            errors.Invalid(path, length, "no ip family specified");
        }
        else if (family is not null && length > IPFamily.Bits(family))
        {
            errors.Invalid(path, length, $"too large prefix length for {family} (max {IPFamily.Bits(family)})");
        }
    }
}
