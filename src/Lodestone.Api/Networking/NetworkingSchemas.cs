using Lodestone.Api.Ipam;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Networking;

/// <summary>Schemas that kinds of the networking group share.</summary>
internal static class NetworkingSchemas
{
    public const string Package = "dev.ironcore.networking.v1alpha1.";

    public static Schema IpFamily { get; } = Schema.OneOf(Networking.IPFamily.IPv4, Networking.IPFamily.IPv6);

    public static Schema EphemeralPrefixSource { get; } = new()
    {
        Name = Package + "EphemeralPrefixSource",
        Type = SchemaType.Object,
        Description = "A Prefix that is made for an object, owned by it, and deleted with it.",
        Properties =
        [
            new("prefixTemplate", IpamSchemas.PrefixTemplate, "What the Prefix is made from."),
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
