using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Platform;

/// <summary>Rules for <see cref="Host"/>.</summary>
internal sealed class HostStrategy : ResourceStrategy<Host>
{
    private const int UnderlayPrefixLength = 64;

    private static readonly string[] Roles = ["Gateway", "Hypervisor"];

    protected override bool IsNamespaced => false;

    public override void PrepareForCreate(Host resource, ICollection<string> warnings) => resource.Status = null;

    public override void PrepareForUpdate(Host resource, Host old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(Host resource, Host old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(Host resource, FieldErrorList errors)
    {
        HostSpec spec = resource.Spec;
        for (int i = 0; i < spec.Roles?.Count; i++)
        {
            FieldPath path = FieldPath.Spec.Child("roles").Index(i);
            if (!Roles.Contains(spec.Roles[i]))
            {
                errors.NotSupported(path, spec.Roles[i], Roles);
            }
            else if (spec.Roles.IndexOf(spec.Roles[i]) < i)
            {
                errors.Duplicate(path, spec.Roles[i]);
            }
        }

        var seen = new HashSet<System.Net.IPAddress>();
        for (int i = 0; i < spec.UnderlayAddresses?.Count; i++)
        {
            FieldPath path = FieldPath.Spec.Child("underlayAddresses").Index(i);
            System.Net.IPAddress? address = AddressSourceValidation.ValidateAddress(spec.UnderlayAddresses[i], null, path, errors);
            if (address is not null && !seen.Add(address))
            {
                errors.Duplicate(path, spec.UnderlayAddresses[i]);
            }
        }

        if (spec.UnderlayPrefix is { } prefix)
        {
            ValidateUnderlayPrefix(prefix, FieldPath.Spec.Child("underlayPrefix"), errors);
        }
    }

    private static void ValidateUnderlayPrefix(string text, FieldPath path, FieldErrorList errors)
    {
        if (!IPFamily.TryParsePrefix(text, out System.Net.IPAddress? address, out int length)
            || IPFamily.Of(address) != IPFamily.IPv6
            || length != UnderlayPrefixLength)
        {
            errors.Invalid(path, text, "must be an IPv6 prefix of length 64");
        }
        else if (!AddressRange.TryParse(text, out _, out string problem))
        {
            errors.Invalid(path, text, problem);
        }
    }
}
