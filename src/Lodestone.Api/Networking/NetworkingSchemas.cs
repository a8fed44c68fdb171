using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Networking;

/// <summary>Schemas that kinds of the networking group share.</summary>
internal static class NetworkingSchemas
{
    public const string Package = "dev.ironcore.networking.v1alpha1.";

    private const string IpamPackage = "dev.ironcore.ipam.v1alpha1.";

    public static Schema IpFamily { get; } = Schema.OneOf(Networking.IPFamily.IPv4, Networking.IPFamily.IPv6);

    public static Schema PrefixSpec { get; } = new()
    {
        Name = IpamPackage + "PrefixSpec",
        Type = SchemaType.Object,
        Description = "What a Prefix is to be.",
        Properties =
        [
            new("ipFamily", IpFamily, "IPv4 or IPv6."),
            new("prefix", Schema.Prefix, "The prefix in CIDR form."),
            new("prefixLength", Schema.Int32, "Length of the prefix to allocate where none is given."),
            new("parentRef", MetaSchemas.LocalObjectReference, "The Prefix to allocate from."),
            new("parentSelector", MetaSchemas.LabelSelector, "Selects a Prefix to allocate from."),
        ],
    };

    public static Schema EphemeralPrefixSource { get; } = new()
    {
        Name = Package + "EphemeralPrefixSource",
        Type = SchemaType.Object,
        Description = "A Prefix that is made for an object, owned by it, and deleted with it.",
        Properties =
        [
            new("prefixTemplate", new()
            {
                Name = IpamPackage + "PrefixTemplateSpec",
                Type = SchemaType.Object,
                Description = "What a Prefix is made from.",
                Properties =
                [
                    new("metadata", MetaSchemas.ObjectMeta, "Labels and annotations of the Prefix; nothing else may be set."),
                    new("spec", PrefixSpec, "What the Prefix is to be."),
                ],
            }, "What the Prefix is made from."),
        ],
    };

    public static Schema IpSource { get; } = new()
    {
        Name = Package + "IPSource",
        Type = SchemaType.Object,
        Description = "Where an address comes from. Exactly one member is given.",
        Properties =
        [
            new("value", Schema.Address, "A literal address."),
            new("ephemeral", EphemeralPrefixSource, "A Prefix of a single address that is made for the object."),
        ],
    };

    public static Schema PrefixSource { get; } = new()
    {
        Name = Package + "PrefixSource",
        Type = SchemaType.Object,
        Description = "Where a prefix comes from. Exactly one member is given.",
        Properties =
        [
            new("value", Schema.Prefix, "A literal prefix in CIDR form."),
            new("ephemeral", EphemeralPrefixSource, "A Prefix that is made for the object."),
        ],
    };
}
