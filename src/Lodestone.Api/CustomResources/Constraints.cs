using Lodestone.Api.Schemas;
using Lodestone.Api.Validation;

namespace Lodestone.Api.CustomResources;

/// <summary>Constraints by where they apply: <c>LoadBalancerPort</c>, a component wherever it is used, or <c>LoadBalancerPort.port</c>, a member of it.</summary>
internal static partial class Constraints
{
    /// <summary>The field of rules about an object's name.</summary>
    internal const string MetadataName = ".metadata.name";

    /// <summary>Longest DNS subdomain.</summary>
    private const int NameLength = 253;

    /// <summary>Longest address: IPv6 with an IPv4 part.</summary>
    private const int AddressLength = 45;

    private const int PrefixLength = AddressLength + 4;
    private const string Label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private const string Subdomain = Label + @"(\." + Label + ")*";

    /// <summary>The name of an object; empty where there is none.</summary>
    private static readonly Constraint Name = new() { MaxLength = NameLength, Pattern = $"^({Subdomain})?$" };

    private static readonly Constraint RequiredName = Name with { MinLength = 1 };

    /// <summary>Made when it is first asked for: the parts are in several files, whose fields have no order.</summary>
    private static Dictionary<string, Constraint> All => field ??= new[] { Shared, Networking, Ipam, Platform }.SelectMany(t => t).ToDictionary(c => c.Key, c => c.Value);

    /// <summary>Where there are any.</summary>
    internal static IEnumerable<string> Places => All.Keys;

    /// <summary>What holds for a value.</summary>
    /// <param name="schema">Its schema.</param>
    /// <param name="place">The component and member it stands in; null for an item, or for an object as a whole.</param>
    internal static Constraint Of(Schema schema, string? place)
    {
        Constraint constraint = schema.Format switch
        {
            "ip" => new Constraint { MaxLength = AddressLength },
            "ip-prefix" => new Constraint { MaxLength = PrefixLength },
            _ => Constraint.None,
        };
        if (NameOf(schema) is { } name && All.TryGetValue(name, out Constraint? ofComponent))
        {
            constraint = constraint.With(ofComponent);
        }

        return place is not null && All.TryGetValue(place, out Constraint? ofMember) ? constraint.With(ofMember) : constraint;
    }

    /// <summary>The last part of a component's name: <c>LoadBalancerPort</c>.</summary>
    internal static string? NameOf(Schema schema) => schema.Name is { } name ? name[(name.LastIndexOf('.') + 1)..] : null;

    private static Dictionary<string, Constraint> Shared => new()
    {
        ["LocalObjectReference.name"] = Name,
        ["LocalUIDReference.name"] = Name,
        ["LocalUIDReference.uid"] = new() { MaxLength = 128 },
    };

    private static Constraint Rules(params CelRule[] rules) => new() { Rules = rules };

    private static CelRule Rule(string rule, string message, string? field = null) => new(rule, message) { Field = field };

    private static CelRule Required(string rule, string message, string? field = null) => new(rule, message) { Field = field, Type = FieldErrorType.Required };

    private static CelRule Forbidden(string rule, string message, string? field = null) => new(rule, message) { Field = field, Type = FieldErrorType.Forbidden };

    private static CelRule Unique(string rule) => new(rule, "Duplicate value") { Type = FieldErrorType.Duplicate };

    /// <summary>A rule that holds only when an object changes.</summary>
    private static CelRule Fixed(string rule, string? field = null) => Forbidden(rule, Immutable.Detail, field);
}
