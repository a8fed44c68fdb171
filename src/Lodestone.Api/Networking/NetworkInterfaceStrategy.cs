using System.Text.Json;
using Lodestone.Api.Ipam;
using Lodestone.Api.Json;
using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Networking;

/// <summary>Rules for <see cref="NetworkInterface"/>.</summary>
internal sealed class NetworkInterfaceStrategy : ResourceStrategy<NetworkInterface>
{
    public override void Default(NetworkInterface resource) =>
        resource.Spec.IpFamilies = AddressSourceValidation.Default(resource.Spec.IpFamilies, resource.Spec.Ips);

    // A status given on creation stays, as in IronCore: other providers create interfaces that are Available at once.
    public override void PrepareForUpdate(NetworkInterface resource, NetworkInterface old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(NetworkInterface resource, NetworkInterface old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(NetworkInterface resource, FieldErrorList errors)
    {
        NetworkInterfaceSpec spec = resource.Spec;
        FieldPath path = FieldPath.Spec;
        if (spec.ProviderID?.StartsWith("lodestone://", StringComparison.Ordinal) == true && !ProviderId.TryParse(spec.ProviderID, out _))
        {
            errors.Invalid(path.Child("providerID"), spec.ProviderID, "must be lodestone://HOST/DEVICE, with a device name of at most 15 characters");
        }

        if (string.IsNullOrEmpty(spec.NetworkRef?.Name))
        {
            errors.Required(path.Child("networkRef"), "must specify a network ref");
        }
        else
        {
            errors.Invalid(path.Child("networkRef").Child("name"), spec.NetworkRef.Name, Names.CheckDnsSubdomain(spec.NetworkRef.Name));
        }

        if (spec.MachineRef is { } machine)
        {
            errors.Invalid(path.Child("machineRef").Child("name"), machine.Name, Names.CheckDnsLabel(machine.Name));
        }

        AddressSourceValidation.ValidateFamilies(spec.IpFamilies, path.Child("ipFamilies"), errors);
        AddressSourceValidation.ValidateSources(spec.Ips, spec.IpFamilies, resource.Metadata.Name, path.Child("ips"), errors);
        AddressSourceValidation.ValidatePrefixes(spec.Prefixes, resource.Metadata.Name, path.Child("prefixes"), errors);
        if (spec.VirtualIP is { } virtualIp)
        {
            ValidateVirtualIp(virtualIp, path.Child("virtualIP"), errors);
        }
    }

    private protected override void ValidateChange(NetworkInterface resource, NetworkInterface old, FieldErrorList errors)
    {
        JsonElement before = FixedPart(old.Spec);
        JsonElement after = FixedPart(resource.Spec);
        if (!JsonElement.DeepEquals(before, after))
        {
            errors.Forbidden(FieldPath.Spec, $"{Immutable.Detail}\n- {before.GetRawText()}\n+ {after.GetRawText()}");
        }
    }

    private protected override void ValidateStatus(NetworkInterface resource, FieldErrorList errors)
    {
        FieldPath path = FieldPath.Status;
        AddressSourceValidation.ValidateAddresses(resource.Status?.Ips, path.Child("ips"), errors);
        for (int i = 0; i < resource.Status?.Prefixes?.Count; i++)
        {
            PrefixSpecValidation.ValidatePrefix(resource.Status.Prefixes[i], null, path.Child("prefixes").Index(i), errors);
        }

        if (resource.Status?.VirtualIP is { } virtualIp)
        {
            AddressSourceValidation.ValidateAddress(virtualIp, null, path.Child("virtualIP"), errors);
        }
    }

    // Everything but providerID, machineRef, ips, prefixes and virtualIP. An empty map or list is the same as none.
    private static JsonElement FixedPart(NetworkInterfaceSpec spec)
    {
        var part = new NetworkInterfaceSpec
        {
            NetworkRef = spec.NetworkRef,
            IpFamilies = spec.IpFamilies is { Count: > 0 } ? spec.IpFamilies : null,
            Attributes = spec.Attributes is { Count: > 0 } ? spec.Attributes : null,
        };
        return JsonSerializer.SerializeToElement(part, ApiJsonContext.Default.NetworkInterfaceSpec);
    }

    private static void ValidateVirtualIp(VirtualIpSource source, FieldPath path, FieldErrorList errors)
    {
        FieldPath ephemeral = path.Child("ephemeral");
        if (source.VirtualIPRef is null && source.Ephemeral is null)
        {
            errors.Invalid(path, null, "must specify a virtual ip source");
        }

        if (source.VirtualIPRef is { } reference)
        {
            errors.Invalid(path.Child("virtualIPRef").Child("name"), reference.Name, Names.CheckDnsSubdomain(reference.Name));
            if (source.Ephemeral is not null)
            {
                errors.Invalid(ephemeral, null, "cannot specify multiple sources");
            }
        }

        if (source.Ephemeral is { VirtualIPTemplate: null })
        {
            errors.Required(ephemeral.Child("virtualIPTemplate"), "must specify a virtual ip template");
        }
        else if (source.Ephemeral?.VirtualIPTemplate is { } template)
        {
            ValidateTemplate(template.Spec ?? new(), ephemeral.Child("virtualIPTemplate").Child("spec"), errors);
        }
    }

    private static void ValidateTemplate(VirtualIpTemplateSpec spec, FieldPath path, FieldErrorList errors)
    {
        if (string.IsNullOrEmpty(spec.Type))
        {
            errors.Required(path.Child("type"), "must specify type");
        }
        else if (spec.Type != "Public")
        {
            errors.NotSupported(path.Child("type"), spec.Type, ["Public"]);
        }

        PrefixSpecValidation.ValidateFamily(spec.IpFamily, path.Child("ipFamily"), errors);
        if (spec.TargetRef is { } target)
        {
            errors.Invalid(path.Child("targetRef").Child("name"), target.Name, Names.CheckDnsSubdomain(target.Name));
        }

        if (spec.ReclaimPolicy is { Length: > 0 } policy and not ("Retain" or "Delete"))
        {
            errors.NotSupported(path.Child("reclaimPolicy"), policy, ["Retain", "Delete"]);
        }
    }
}
