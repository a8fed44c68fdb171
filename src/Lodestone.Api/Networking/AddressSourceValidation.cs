using System.Net;
using System.Text.Json;
using Lodestone.Api.Ipam;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Networking;

/// <summary>Defaults and validation of families and addresses, which load balancers and network interfaces share.</summary>
internal static class AddressSourceValidation
{
    /// <summary>Derives families from sources, fills families into templates, and makes a template without prefix or length ask for a single address.</summary>
    /// <returns>The families: those given, or those derived.</returns>
    public static List<string>? Default(List<string>? families, List<IpSource>? sources)
    {
        if (sources is not { Count: > 0 })
        {
            return families;
        }

        if (families?.Count == sources.Count)
        {
            for (int i = 0; i < sources.Count; i++)
            {
                if (sources[i] is { Value: null, Ephemeral.PrefixTemplate: { } template } && string.IsNullOrEmpty(template.Spec?.IpFamily))
                {
                    (template.Spec ??= new()).IpFamily = families[i];
                }
            }
        }

        foreach (IpSource source in sources)
        {
            if (source.Ephemeral?.PrefixTemplate?.Spec is { Prefix: null, PrefixLength: null or 0, IpFamily: IPFamily.IPv4 or IPFamily.IPv6 } spec)
            {
                spec.PrefixLength = IPFamily.Bits(spec.IpFamily);
            }

            if (source is { Value: null, Ephemeral.PrefixTemplate.Spec: { } wanted })
            {
                wanted.IpFamily = IpamValidation.DefaultFamily(wanted.IpFamily, wanted.Prefix, wanted.PrefixLength);
            }
        }

        if (families is { Count: > 0 })
        {
            return families;
        }

        // Last: a template's family may have come from its prefix just now.
        List<string> derived = [.. sources.Select(FamilyOf).OfType<string>()];
        return derived.Count > 0 ? derived : families;
    }

    public static void ValidateFamilies(List<string>? families, FieldPath path, FieldErrorList errors)
    {
        if (families is not { Count: > 0 })
        {
            errors.Required(path, "must specify ip families");
            return;
        }

        for (int i = 0; i < families.Count; i++)
        {
            FieldPath item = path.Index(i);
            string? family = PrefixSpecValidation.ValidateFamily(families[i], item, errors);
            if (family is not null && families.IndexOf(family) < i)
            {
                errors.Duplicate(item, family);
            }
        }
    }

    /// <summary>Validates address sources, each against the family of its index.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="families">The families.</param>
    /// <param name="owner">Name of the object, from which those of ephemeral Prefixes are made.</param>
    /// <param name="path">Path of the list.</param>
    /// <param name="errors">Where to.</param>
    public static void ValidateSources(List<IpSource>? sources, List<string>? families, string? owner, FieldPath path, FieldErrorList errors)
    {
        if ((sources?.Count ?? 0) != (families?.Count ?? 0))
        {
            errors.Invalid(path, JsonSerializer.SerializeToElement(sources ?? [], ApiJsonContext.Default.ListIpSource), "ip families must match ips");
        }

        var seen = new HashSet<IPAddress>();
        for (int i = 0; i < sources?.Count; i++)
        {
            string? family = i < families?.Count && IPFamily.All.Contains(families[i]) ? families[i] : null;
            ValidateSource(sources[i], family, $"{owner}-{i}", path.Index(i), seen, errors);
        }
    }

    public static void ValidatePrefixes(List<PrefixSource>? sources, string? owner, FieldPath path, FieldErrorList errors)
    {
        for (int i = 0; i < sources?.Count; i++)
        {
            PrefixSource source = sources[i];
            FieldPath item = path.Index(i);
            if (source.Value is not null && source.Ephemeral is not null)
            {
                errors.Invalid(item.Child("ephemeral"), $"{owner}-pf-{i}", "cannot specify multiple prefix sources");
            }
            else if (source.Value is null && source.Ephemeral is null)
            {
                errors.Invalid(item, null, "must specify a prefix source");
            }

            PrefixSpecValidation.ValidatePrefix(source.Value, null, item.Child("value"), errors);
            if (source.Ephemeral is { } ephemeral)
            {
                ValidateEphemeral(ephemeral, $"{owner}-pf-{i}", item.Child("ephemeral"), errors);
            }
        }
    }

    /// <summary>Validates a literal address against a family, where there is one; returns the address where it is one.</summary>
    public static IPAddress? ValidateAddress(string? text, string? family, FieldPath path, FieldErrorList errors)
    {
        if (!IPFamily.TryParseAddress(text, out IPAddress? address))
        {
            errors.Invalid(path, text, "must specify a valid ip");
            return null;
        }

        if (family is not null && IPFamily.Of(address) != family)
        {
            errors.Invalid(path, text, $"expected ip family {family} but got {IPFamily.Of(address)}");
        }

        return address;
    }

    public static void ValidateAddresses(List<string>? addresses, FieldPath path, FieldErrorList errors)
    {
        for (int i = 0; i < addresses?.Count; i++)
        {
            ValidateAddress(addresses[i], null, path.Index(i), errors);
        }
    }

    private static string? FamilyOf(IpSource source) =>
        IPFamily.TryParseAddress(source.Value, out IPAddress? address) ? IPFamily.Of(address)
        : source.Value is null && source.Ephemeral?.PrefixTemplate?.Spec?.IpFamily is { Length: > 0 } family ? family
        : null;

    private static void ValidateSource(IpSource source, string? family, string prefixName, FieldPath path, HashSet<IPAddress> seen, FieldErrorList errors)
    {
        if (source.Value is null && source.Ephemeral is null)
        {
            errors.Invalid(path, null, "must specify an ip source");
            return;
        }

        if (source.Value is not null)
        {
            IPAddress? address = ValidateAddress(source.Value, family, path.Child("value"), errors);
            if (address is not null && !seen.Add(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))
            {
                errors.Duplicate(path.Child("value"), source.Value);
            }
        }

        if (source.Ephemeral is not { } ephemeral)
        {
            return;
        }

        if (source.Value is not null)
        {
            // One of them must go; a template that has to go is not judged (nor was it given defaults).
            errors.Invalid(path.Child("ephemeral"), prefixName, "cannot specify multiple ip sources");
            return;
        }

        ValidateEphemeral(ephemeral, prefixName, path.Child("ephemeral"), errors);
        if (ephemeral.PrefixTemplate?.Spec is { } spec)
        {
            ValidateSingleAddress(spec, family, path.Child("ephemeral").Child("prefixTemplate").Child("spec"), errors);
        }
    }

    private static void ValidateEphemeral(EphemeralPrefixSource ephemeral, string prefixName, FieldPath path, FieldErrorList errors)
    {
        string? problem = prefixName.StartsWith('-') ? null : Names.CheckDnsSubdomain(prefixName).FirstOrDefault();
        if (problem is not null)
        {
            errors.Invalid(path, prefixName, $"resulting prefix name \"{prefixName}\" is invalid: {problem}");
        }

        FieldPath template = path.Child("prefixTemplate");
        if (ephemeral.PrefixTemplate is null)
        {
            errors.Required(template, "must specify a prefix template");
            return;
        }

        if (ephemeral.PrefixTemplate.Metadata is { } metadata)
        {
            ValidateTemplateMetadata(metadata, template.Child("metadata"), errors);
        }

        PrefixSpecValidation.Validate(ephemeral.PrefixTemplate.Spec ?? new(), template.Child("spec"), errors);
    }

    private static void ValidateSingleAddress(PrefixSpec spec, string? family, FieldPath path, FieldErrorList errors)
    {
        if (family is not null && spec.IpFamily is { Length: > 0 } && spec.IpFamily != family)
        {
            errors.Forbidden(path.Child("ipFamily"), $"expected ip family {family} but got {spec.IpFamily}");
        }

        if (IPFamily.TryParsePrefix(spec.Prefix, out IPAddress? address, out int length) && length != IPFamily.Bits(IPFamily.Of(address)))
        {
            errors.Forbidden(path.Child("prefix"), "must be a single IP");
        }

        if (spec is { PrefixLength: not (null or 0), IpFamily: IPFamily.IPv4 or IPFamily.IPv6 } && spec.PrefixLength != IPFamily.Bits(spec.IpFamily))
        {
            errors.Forbidden(path.Child("prefixLength"), "must be a single IP");
        }
    }

    private static void ValidateTemplateMetadata(ObjectMeta metadata, FieldPath path, FieldErrorList errors)
    {
        MetadataValidation.ValidateLabels(metadata.Labels, path.Child("labels"), errors);
        MetadataValidation.ValidateAnnotations(metadata.Annotations, path.Child("annotations"), errors);
        (string Name, bool IsSet)[] others =
        [
            ("name", !string.IsNullOrEmpty(metadata.Name)),
            ("generateName", !string.IsNullOrEmpty(metadata.GenerateName)),
            ("namespace", !string.IsNullOrEmpty(metadata.Namespace)),
            ("uid", !string.IsNullOrEmpty(metadata.Uid)),
            ("resourceVersion", !string.IsNullOrEmpty(metadata.ResourceVersion)),
            ("generation", metadata.Generation is not (null or 0)),
            ("creationTimestamp", metadata.CreationTimestamp is not null),
            ("deletionTimestamp", metadata.DeletionTimestamp is not null),
            ("deletionGracePeriodSeconds", metadata.DeletionGracePeriodSeconds is not null),
            ("ownerReferences", metadata.OwnerReferences is { Count: > 0 }),
            ("finalizers", metadata.Finalizers is { Count: > 0 }),
            ("managedFields", metadata.ManagedFields is { IsEmptyList: false }),
        ];
        foreach ((string name, bool isSet) in others)
        {
            if (isSet)
            {
                errors.Forbidden(path.Child(name), "cannot be set for an ephemeral prefix");
            }
        }
    }
}
