using Lodestone.Api.Resources;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Networking;

/// <summary>Rules for <see cref="Network"/>.</summary>
internal sealed class NetworkStrategy : ResourceStrategy<Network>
{
    public override void PrepareForCreate(Network resource, ICollection<string> warnings) => resource.Status = null;

    public override void PrepareForUpdate(Network resource, Network old, ICollection<string> warnings) => resource.Status = old.Status;

    private protected override void KeepDesiredState(Network resource, Network old) => resource.Spec = old.Spec;

    private protected override void ValidateContent(Network resource, FieldErrorList errors)
    {
        ValidatePeerings(resource, errors);
        ValidateIncoming(resource, errors);
    }

    private protected override void ValidateChange(Network resource, Network old, FieldErrorList errors)
    {
        if (old.Spec?.ProviderID is { Length: > 0 } providerId && resource.Spec?.ProviderID != providerId)
        {
            errors.Forbidden(FieldPath.Spec.Child("providerID"), Immutable.Detail);
        }
    }

    private static void ValidatePeerings(Network network, FieldErrorList errors)
    {
        var names = new HashSet<string>();
        var networks = new HashSet<string>();
        for (int i = 0; i < network.Spec?.Peerings?.Count; i++)
        {
            NetworkPeering peering = network.Spec.Peerings[i];
            FieldPath path = FieldPath.Spec.Child("peerings").Index(i);
            ValidateName(peering.Name, path.Child("name"), errors);
            if (!names.Add(peering.Name))
            {
                errors.Duplicate(path.Child("name"), peering.Name);
            }

            FieldPath reference = path.Child("networkRef");
            ValidateName(peering.NetworkRef?.Name ?? "", reference.Child("name"), errors);
            if (peering.NetworkRef?.Namespace is { Length: > 0 } scope)
            {
                errors.Invalid(reference.Child("namespace"), scope, Names.CheckDnsLabel(scope));
            }

            string key = Key(network, peering.NetworkRef?.Namespace, peering.NetworkRef?.Name);
            if (IsSelf(network, key))
            {
                errors.Forbidden(reference, "cannot peer a network with itself");
            }
            else if (!networks.Add(key))
            {
                errors.Duplicate(reference, key);
            }

            ValidatePrefixes(peering.Prefixes, path.Child("prefixes"), errors);
        }
    }

    // Each peering has names of its own, and an entry without a prefixRef repeats none.
    private static void ValidatePrefixes(List<PeeringPrefix>? prefixes, FieldPath path, FieldErrorList errors)
    {
        var names = new HashSet<string>();
        var references = new HashSet<string>();
        for (int i = 0; i < prefixes?.Count; i++)
        {
            PeeringPrefix prefix = prefixes[i];
            FieldPath item = path.Index(i);
            ValidateName(prefix.Name, item.Child("name"), errors);
            if (!names.Add(prefix.Name))
            {
                errors.Duplicate(item.Child("name"), prefix.Name);
            }

            if (prefix.Prefix is not null && !IPFamily.TryParsePrefix(prefix.Prefix, out _, out _))
            {
                errors.Forbidden(item.Child("prefix"), "must be a valid IP range");
            }

            if (prefix.PrefixRef is { Name.Length: > 0 } reference)
            {
                errors.Invalid(item.Child("prefixRef").Child("name"), reference.Name, Names.CheckDnsSubdomain(reference.Name));
                if (!references.Add(reference.Name))
                {
                    errors.Duplicate(item.Child("prefixRef"), reference.Name);
                }
            }
        }
    }

    private static void ValidateIncoming(Network network, FieldErrorList errors)
    {
        var networks = new HashSet<string>();
        for (int i = 0; i < network.Spec?.IncomingPeerings?.Count; i++)
        {
            NetworkPeeringClaimRef claim = network.Spec.IncomingPeerings[i];
            FieldPath path = FieldPath.Spec.Child("incomingPeerings").Index(i);
            ValidateName(claim.Name, path.Child("name"), errors);
            if (claim.Namespace is { Length: > 0 } scope)
            {
                errors.Invalid(path.Child("namespace"), scope, Names.CheckDnsLabel(scope));
            }

            string key = Key(network, claim.Namespace, claim.Name);
            if (IsSelf(network, key))
            {
                errors.Forbidden(path, "cannot peer a network with itself");
            }
            else if (!networks.Add(key))
            {
                errors.Duplicate(path, key);
            }
        }
    }

    private static void ValidateName(string name, FieldPath path, FieldErrorList errors)
    {
        if (name.Length == 0)
        {
            errors.Required(path, "must specify a name");
        }
        else
        {
            errors.Invalid(path, name, Names.CheckDnsSubdomain(name));
        }
    }

    private static string Key(Network network, string? scope, string? name) =>
        $"{(string.IsNullOrEmpty(scope) ? network.Metadata.Namespace : scope)}/{name}";

    private static bool IsSelf(Network network, string key) => key == Key(network, null, network.Metadata.Name);
}
