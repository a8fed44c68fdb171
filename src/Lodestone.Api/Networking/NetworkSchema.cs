using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Networking;

/// <summary>Schema of <see cref="Network"/>.</summary>
internal static class NetworkSchema
{
    private const string Package = NetworkingSchemas.Package;

    private static readonly Schema Peering = new()
    {
        Name = Package + "NetworkPeering",
        Type = SchemaType.Object,
        Description = "The wish to be connected with another network. It takes effect once the other network has the same wish.",
        Required = ["name", "networkRef"],
        Properties =
        [
            new("name", Schema.String, "Name of the peering, unique in its network."),
            new("networkRef", new()
            {
                Name = Package + "NetworkPeeringNetworkRef",
                Type = SchemaType.Object,
                Description = "Names a network, perhaps of another namespace.",
                Required = ["name"],
                Properties =
                [
                    new("namespace", Schema.String, "Namespace of the network; the same one where it is not given."),
                    new("name", Schema.String, "Name of the network."),
                ],
            }, "The other network."),
            new("prefixes", Schema.MapListOf(new()
            {
                Name = Package + "PeeringPrefix",
                Type = SchemaType.Object,
                Description = "A prefix the other network may reach.",
                Required = ["name"],
                Properties =
                [
                    new("name", Schema.String, "Name of the entry."),
                    new("prefix", Schema.Prefix, "A literal prefix in CIDR form."),
                    new("prefixRef", MetaSchemas.LocalObjectReference, "A Prefix that holds it."),
                ],
            }, "name"), "What the other network may reach; everything where it is not given."),
        ],
    };

    private static readonly Schema Spec = new()
    {
        Name = Package + "NetworkSpec",
        Type = SchemaType.Object,
        Description = "What a network is to be.",
        Properties =
        [
            new("providerID", Schema.String, "What realises the network, such as lodestone://VNI. Set once by a controller."),
            new("peerings", Schema.MapListOf(Peering, "name"), "Networks this one wants to be connected with."),

            // No map by name, as spec.peerings is: networks of several namespaces may have one name.
            new("incomingPeerings", Schema.ListOf(new()
            {
                Name = Package + "NetworkPeeringClaimRef",
                Type = SchemaType.Object,
                Description = "A network that wants to be connected with this one.",
                Required = ["name"],
                Properties =
                [
                    new("namespace", Schema.String, "Namespace of the network; the same one where it is not given."),
                    new("name", Schema.String, "Name of the network."),
                    new("uid", Schema.String, "UID of the network."),
                ],
            }), "Networks whose wish for a peering is mutual. Written by a controller."),
        ],
    };

    private static readonly Schema Status = new()
    {
        Name = Package + "NetworkStatus",
        Type = SchemaType.Object,
        Description = "What a network is at present.",
        Properties =
        [
            new("state", Schema.OneOf("Pending", "Available", "Error"), "Pending, Available or Error."),
            new("peerings", Schema.MapListOf(new()
            {
                Name = Package + "NetworkPeeringStatus",
                Type = SchemaType.Object,
                Description = "State of a peering.",
                Required = ["name"],
                Properties =
                [
                    new("name", Schema.String, "Name of the peering."),
                    new("state", Schema.OneOf("Pending", "Ready", "Error"), "Pending, Ready or Error."),
                    new("prefixes", Schema.MapListOf(new()
                    {
                        Name = Package + "PeeringPrefixStatus",
                        Type = SchemaType.Object,
                        Description = "A prefix that is reachable.",
                        Required = ["name"],
                        Properties =
                        [
                            new("name", Schema.String, "Name of the entry."),
                            new("prefix", Schema.Prefix, "The prefix in CIDR form."),
                        ],
                    }, "name"), "What is reachable."),
                ],
            }, "name"), "State of each peering."),
            new("conditions", MetaSchemas.Conditions, "Why the state is what it is."),
        ],
    };

    public static Schema Instance { get; } = MetaSchemas.Kind(
        Package + "Network",
        "A Network isolates its NetworkInterfaces and LoadBalancers from those of other networks; addresses may overlap between networks.",
        [
            new("spec", Spec, "What the network is to be."),
            new("status", Status, "What the network is at present."),
        ]);
}
