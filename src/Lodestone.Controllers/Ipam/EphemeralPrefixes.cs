using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Ipam;

/// <summary>The Prefixes an object wants to have made for it: the pure half of <see cref="EphemeralPrefixController{T}"/>.</summary>
internal static class EphemeralPrefixes
{
    /// <summary>Those of a load balancer, by name: one for each address of spec.ips that comes from a template.</summary>
    internal static Dictionary<string, PrefixTemplate> Of(LoadBalancer lb) => Of(lb, lb.Spec.Ips, null);

    /// <summary>Those of a network interface, by name: for its addresses and for its further prefixes.</summary>
    internal static Dictionary<string, PrefixTemplate> Of(NetworkInterface nic) => Of(nic, nic.Spec.Ips, nic.Spec.Prefixes);

    /// <summary>The Prefix a template stands for.</summary>
    internal static Prefix Build<T>(T owner, string name, PrefixTemplate template)
        where T : KubernetesObject
    {
        var prefix = new Prefix
        {
            Metadata = new ObjectMeta
            {
                Namespace = owner.Metadata.Namespace,
                Name = name,
                OwnerReferences = [Ownership.ControllerReference(owner)],
            },
            Spec = template.Spec ?? new PrefixSpec(),
        };
        Mark(prefix, template);
        return prefix;
    }

    /// <summary>Gives a Prefix the template's labels and annotations, and ours. Others stay: somebody else set them.</summary>
    internal static void Mark(Prefix prefix, PrefixTemplate template)
    {
        prefix.Metadata.Labels = Merge(prefix.Metadata.Labels, template.Metadata?.Labels ?? []);
        prefix.Metadata.Annotations = Merge(prefix.Metadata.Annotations, template.Metadata?.Annotations ?? []);
        (prefix.Metadata.Annotations ??= [])[EphemeralPrefix.ManagedByAnnotation] = EphemeralPrefix.Manager;
    }

    /// <summary>Whether a Prefix is what its template stands for now; what was allocated since does not count.</summary>
    internal static bool IsMadeFrom(PrefixSpec template, PrefixSpec spec) =>
        (string.IsNullOrEmpty(template.IpFamily) || template.IpFamily == spec.IpFamily)
        && (template.PrefixLength ?? 0) == (spec.PrefixLength ?? 0)
        && (template.Prefix is null
            ? spec.Prefix is null || spec.PrefixLength > 0
            : PrefixRange.TryParse(template.Prefix, out PrefixRange wanted) && PrefixRange.TryParse(spec.Prefix, out PrefixRange given) && wanted == given)
        && (template.ParentSelector is null
            ? spec.ParentSelector is null && template.ParentRef?.Name == spec.ParentRef?.Name
            : spec.ParentSelector is { } selector
                && template.ParentSelector.HasSameTerms(selector)
                && (template.ParentRef is null || template.ParentRef.Name == spec.ParentRef?.Name));

    private static Dictionary<string, PrefixTemplate> Of(KubernetesObject owner, List<IpSource>? ips, List<PrefixSource>? prefixes)
    {
        var wanted = new Dictionary<string, PrefixTemplate>(StringComparer.Ordinal);
        string name = owner.Metadata.Name ?? "";
        for (int i = 0; i < ips?.Count; i++)
        {
            if (ips[i] is { Value: null, Ephemeral.PrefixTemplate: { } template })
            {
                wanted[EphemeralPrefix.NameOfIp(name, i)] = template;
            }
        }

        for (int i = 0; i < prefixes?.Count; i++)
        {
            if (prefixes[i] is { Value: null, Ephemeral.PrefixTemplate: { } template })
            {
                wanted[EphemeralPrefix.NameOfPrefix(name, i)] = template;
            }
        }

        return wanted;
    }

    /// <summary>A new map: that of the template stays the template's.</summary>
    private static Dictionary<string, string>? Merge(Dictionary<string, string>? present, Dictionary<string, string> wanted)
    {
        if (wanted.Count == 0)
        {
            return present;
        }

        var merged = new Dictionary<string, string>(present ?? []);
        foreach ((string key, string value) in wanted)
        {
            merged[key] = value;
        }

        return merged;
    }
}
