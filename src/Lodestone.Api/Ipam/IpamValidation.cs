using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Ipam;

/// <summary>Defaults and rules that the kinds of ipam.ironcore.dev share (ironcore, internal/apis/ipam).</summary>
internal static class IpamValidation
{
    public const string Pending = "Pending";
    public const string Allocated = "Allocated";

    /// <summary>The family: the one given, or that of the prefix where no length is given.</summary>
    public static string? DefaultFamily(string? family, string? prefix, int? length) =>
        string.IsNullOrEmpty(family) && length is null or 0 && IPFamily.TryParsePrefix(prefix, out System.Net.IPAddress? address, out _)
            ? IPFamily.Of(address)
            : family;

    /// <summary>The prefix in the form IronCore writes it: its address in canonical form. What is no prefix stays as it is.</summary>
    public static string? Canonical(string? prefix) =>
        IPFamily.TryParsePrefix(prefix, out System.Net.IPAddress? address, out int length) ? $"{address}/{length}" : prefix;

    /// <summary>Validates the reference to an object of the same namespace, where there is one.</summary>
    public static void ValidateReference(LocalObjectReference? reference, FieldPath path, FieldErrorList errors)
    {
        if (reference is null)
        {
            return;
        }

        if (reference.Name.Length == 0)
        {
            errors.Required(path.Child("name"), "must specify name");
        }
        else
        {
            errors.Invalid(path.Child("name"), reference.Name, Names.CheckDnsSubdomain(reference.Name));
        }
    }

    /// <summary>Adds a phase that is none.</summary>
    public static void ValidatePhase(string? phase, FieldErrorList errors, params ReadOnlySpan<string> phases)
    {
        if (!string.IsNullOrEmpty(phase) && !phases.Contains(phase))
        {
            errors.NotSupported(FieldPath.Status.Child("phase"), phase, phases.ToArray());
        }
    }

    /// <summary>Adds a change of what can't be changed.</summary>
    /// <param name="isSame">Whether everything else is as it was.</param>
    /// <param name="changed">What may still be set, by name.</param>
    /// <param name="errors">Where to.</param>
    public static void RequireSameSpec(bool isSame, string changed, FieldErrorList errors)
    {
        if (!isSame)
        {
            errors.Forbidden(FieldPath.Spec, $"{Immutable.Detail}; only {changed} can be set, once");
        }
    }

    /// <summary>Whether two selectors are written alike; none differs from an empty one.</summary>
    public static bool AreEqual(LabelSelector? left, LabelSelector? right) =>
        left is null || right is null ? left is null && right is null : left.HasSameTerms(right);
}
