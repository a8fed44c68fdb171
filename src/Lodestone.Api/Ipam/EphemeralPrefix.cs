using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Api.Ipam;

/// <summary>Prefixes that are made for the addresses of a load balancer or a network interface, and live as long as it: IronCore's names and marks.</summary>
public static class EphemeralPrefix
{
    /// <summary>Annotation of Prefixes that a controller made for their owner; its value is <see cref="Manager"/>.</summary>
    public const string ManagedByAnnotation = "common.ironcore.dev/ephemeral-managed-by";

    /// <summary>The manager of those that Lodestone and IronCore make.</summary>
    public const string Manager = "ephemeral-manager";

    /// <summary>Name of the Prefix for <c>spec.ips[index]</c> of a load balancer or a network interface.</summary>
    public static string NameOfIp(string owner, int index) => string.Create(CultureInfo.InvariantCulture, $"{owner}-{index}");

    /// <summary>Name of the Prefix for <c>spec.prefixes[index]</c> of a network interface.</summary>
    public static string NameOfPrefix(string owner, int index) => string.Create(CultureInfo.InvariantCulture, $"{owner}-pf-{index}");

    /// <summary>Names of the objects whose ephemeral Prefix may have this name.</summary>
    public static IEnumerable<string> OwnersOf(string prefix)
    {
        int dash = prefix.LastIndexOf('-');
        if (dash <= 0 || !int.TryParse(prefix.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            yield break;
        }

        string owner = prefix[..dash];
        yield return owner;
        if (owner.EndsWith("-pf", StringComparison.Ordinal) && owner.Length > 3)
        {
            yield return owner[..^3];
        }
    }

    /// <summary>Whether the Prefix was made for this very object.</summary>
    public static bool IsOf(Prefix prefix, KubernetesObject owner) =>
        !string.IsNullOrEmpty(owner.Metadata.Uid) && prefix.Metadata.Controller?.Uid == owner.Metadata.Uid;

    /// <summary>Whether the Prefix was made for this very object by a controller, which may delete it again.</summary>
    public static bool IsManagedFor(Prefix prefix, KubernetesObject owner) =>
        IsOf(prefix, owner)
        && prefix.Metadata.Annotations is { } annotations
        && annotations.TryGetValue(ManagedByAnnotation, out string? manager)
        && manager == Manager;

    /// <summary>What an owner gets from its Prefix, or why it gets nothing yet.</summary>
    /// <param name="prefix">The Prefix of that name; null: there is none.</param>
    /// <param name="owner">The load balancer or network interface.</param>
    /// <param name="name">The Prefix's name.</param>
    public static EphemeralOutcome Resolve(Prefix? prefix, KubernetesObject owner, string name)
    {
        if (prefix is null)
        {
            return new EphemeralOutcome(null, "PrefixMissing", $"Prefix {name} doesn't exist yet", IsOnItsWay: true);
        }

        if (!IsOf(prefix, owner))
        {
            return new EphemeralOutcome(null, "PrefixNotOwned", RefusalOf(prefix, owner));
        }

        if (prefix.IsBeingDeleted)
        {
            return new EphemeralOutcome(null, "PrefixDeleting", $"Prefix {name} is being deleted");
        }

        if (prefix.Status?.Phase != IpamValidation.Allocated || !PrefixRange.TryParse(prefix.Spec.Prefix, out _))
        {
            Condition? condition = prefix.Status?.Conditions?.Find(c => c.Type == "Allocated");
            bool isStuck = condition is { Status: "False" };
            return new EphemeralOutcome(null, "PrefixPending", $"Prefix {name} is not Allocated yet{(isStuck ? $": {condition!.Message}" : "")}", IsOnItsWay: !isStuck);
        }

        return new EphemeralOutcome(prefix.Spec.Prefix, "", "");
    }

    /// <summary>The address of a Prefix that is a single address; null where it isn't one.</summary>
    public static System.Net.IPAddress? AddressOf(string? prefix) =>
        IPFamily.TryParsePrefix(prefix, out System.Net.IPAddress? address, out int length) && length == IPFamily.Bits(IPFamily.Of(address)) ? address : null;

    /// <summary>Why a Prefix of the right name is not taken, and which object to change.</summary>
    public static string RefusalOf(Prefix prefix, KubernetesObject owner)
    {
        // The classes are named as their kinds; objects in a list may come without their kind.
        (string kind, string? name) = (owner.GetType().Name, owner.Metadata.Name);
        return prefix.Metadata.Controller is not { } controller
            ? $"Prefix {prefix.Metadata.Name} was not made for {kind} {name}; delete the Prefix, or name the {kind} differently"
            : controller.Kind == kind && controller.Name == name
                ? $"Prefix {prefix.Metadata.Name} belongs to an earlier {kind} {name} and goes with it"
                : $"Prefix {prefix.Metadata.Name} belongs to {controller.Kind} {controller.Name}; name one of {controller.Kind} {controller.Name} and {kind} {name} differently";
    }
}
