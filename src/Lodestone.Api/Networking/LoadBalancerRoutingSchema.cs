using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Networking;

/// <summary>Schema of <see cref="LoadBalancerRouting"/>.</summary>
internal static class LoadBalancerRoutingSchema
{
    private const string Package = NetworkingSchemas.Package;

    private static readonly Schema TargetRef = new()
    {
        Name = Package + "LoadBalancerTargetRef",
        Type = SchemaType.Object,
        Description = "The network interface behind a destination.",
        Required = ["uid", "name", "providerID"],
        Properties =
        [
            new("uid", Schema.String, "UID of the network interface."),
            new("name", Schema.String, "Name of the network interface."),
            new("providerID", Schema.String, "Where it lives, such as lodestone://host/device."),
        ],
    };

    private static readonly SchemaProperty[] Target =
    [
        new("name", Schema.String, "Name of the network interface."),
        new("uid", Schema.String, "UID of the network interface."),
        new("ip", Schema.Address, "Address of the target within the network.") { IsLenient = true },
        new("targetRef", TargetRef, "The network interface. Without it traffic is encapsulated to the address itself."),
    ];

    internal static Schema Destination { get; } = new()
    {
        Name = Package + "LoadBalancerDestination",
        Type = SchemaType.Object,
        Description = "A target that takes new flows.",
        Required = ["ip"],
        Properties = Target,
    };

    internal static Schema Draining { get; } = new()
    {
        Name = Package + "LoadBalancerDraining",
        Type = SchemaType.Object,
        Description = "A target that keeps the flows it has but takes no new ones.",
        Required = ["ip", "deadline"],
        Properties = [.. Target, new("deadline", Schema.Time, "When it stops being served.")],
    };

    internal static Schema Member { get; } = new()
    {
        Name = Package + "RingMember",
        Type = SchemaType.Object,
        Description = "A target that joined or left.",
        Required = ["ip"],
        Properties =
        [
            new("uid", Schema.String, "UID of the network interface."),
            new("ip", Schema.Address, "Address of the target within the network."),
        ],
    };

    private static readonly Schema Change = new()
    {
        Name = Package + "RingChange",
        Type = SchemaType.Object,
        Description = "A change of the destinations.",
        Required = ["generation", "until"],
        Properties =
        [
            new("generation", Schema.Int64, "The ringGeneration the change led to."),
            new("until", Schema.Time, "When its learning window ends."),
            new("udpUntil", Schema.Time, "When its learning window ends for UDP: from then on a flow that was not seen in the window is a new one. Absent: with until."),
            new("added", Schema.ListOf(Member), "Who joined."),
            new("removed", Schema.ListOf(Member), "Who left."),
        ],
    };

    private static readonly Schema SliceRef = new()
    {
        Name = Package + "RoutingSliceRef",
        Type = SchemaType.Object,
        Description = "A LoadBalancerRoutingSlice that counts.",
        Required = ["name", "fingerprint"],
        Properties =
        [
            new("name", Schema.String, "Name of the slice."),
            new("fingerprint", Schema.String, "Fingerprint of what it must hold: one of another content does not count."),
        ],
    };

    public static Schema Instance { get; } = MetaSchemas.Kind(
        Package + "LoadBalancerRouting",
        "A LoadBalancerRouting says where the LoadBalancer of the same name sends its traffic. It is written by a controller.",
        [
            new("networkRef", MetaSchemas.LocalUidReference, "The exact Network the targets are in.") { IsLenient = true },
            new("destinations", Schema.ListOf(Destination), "What takes new flows, sorted by UID and address; with slices only the first of them.") { IsLenient = true },
            new("total", Schema.Int64, "How many destinations there are in all slices; absent without slices."),
            new("slices", Schema.ListOf(SliceRef), "The LoadBalancerRoutingSlices that hold all destinations, all that drains, and who came and left, where that is too much for one object."),
            new("ringGeneration", Schema.Int64, "Counts the changes of the destinations."),
            new("ringHistory", Schema.ListOf(Change), "Changes that established flows are still being protected from, oldest first."),
            new("draining", Schema.ListOf(Draining), "Targets that keep the flows they have but take no new ones."),
        ],
        "networkRef",
        "destinations");
}
