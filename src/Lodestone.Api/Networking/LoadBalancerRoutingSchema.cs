using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
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

    private static readonly SchemaProperty Weight = new("weight", Schema.Int32, "Share of new flows relative to the others', 0 to 255; absent: 100. 0: it takes none and keeps those it has.");

    private static readonly Schema Key = new()
    {
        Name = Package + "RoutingKey",
        Type = SchemaType.Object,
        Description = "What a flow's slot of the ring comes from.",
        Required = ["by"],
        Properties =
        [
            new("by", Schema.OneOf(RoutingKey.AddressPair, RoutingKey.Client, RoutingKey.Flow), "Flow: the whole flow. Client: the client's address, or a prefix of it. AddressPair: the client's address and the protocol."),
            new("ipv4PrefixLength", Schema.Int32, "With Client: leading bits of an IPv4 address that count; absent: all."),
            new("ipv6PrefixLength", Schema.Int32, "With Client: leading bits of an IPv6 address that count; absent: all."),
        ],
    };

    private static readonly Schema Quic = new()
    {
        Name = Package + "RoutingQuic",
        Type = SchemaType.Object,
        Description = "How QUIC packets find the server that chose their connection ID (draft-ietf-quic-load-balancers, plaintext).",
        Required = ["configID", "serverIDLength"],
        Properties =
        [
            new("configID", Schema.Int32, "The configuration in the top three bits of the ID's first octet, 0 to 6."),
            new("serverIDLength", Schema.Int32, "Bytes of the server ID behind that octet, 1 to 8: the last ones of a target's address in its IPv6 form, in which IPv4 is v4-mapped."),
            new("ports", Schema.ListOf(Schema.Int32), "UDP ports that speak QUIC, ascending; absent: all."),
        ],
    };

    private static readonly Schema Policy = new()
    {
        Name = Package + "RoutingPolicy",
        Type = SchemaType.Object,
        Description = "What a LoadBalancerPolicy makes gateways do, as they need it.",
        Required = ["name", "uid", "generation"],
        Properties =
        [
            new("name", Schema.String, "Name of the LoadBalancerPolicy."),
            new("uid", Schema.String, "UID of the LoadBalancerPolicy."),
            new("generation", Schema.Int64, "The metadata.generation of the LoadBalancerPolicy that was taken up."),
            new("key", Key, "What a flow's slot of the ring comes from; absent: from the whole flow."),
            new("quic", Quic, "How QUIC packets find the server that chose their connection ID; absent: by the ring."),
            new("healthCheck", HealthCheckSchema.Instance, "How the hosts of targets find out whether they work; absent: nobody does."),
            new("fragments", Schema.OneOf("AddressPair"), "AddressPair: later fragments need no record of their first. Absent: they do."),
            new("delivery", Schema.OneOf("Translate"), "Translate: targets get packets with their own address as destination. Absent: with the LoadBalancer's."),
            new("announcement", Schema.OneOf("BGP", "Both", "Layer2"), "How gateways announce the addresses. Absent: by BGP where they have peers, else on the segment."),
            new("echo", Schema.OneOf("Drop"), "Drop: pings are dropped. Absent: they are answered."),
            new("encapsulation", Schema.OneOf("GUE", "Geneve", "IPIP", "IPv6"), "How packets for targets on other machines are wrapped. Absent: by what both ends have."),
            new("transitionSeconds", Schema.Int32, "For how long a change of targets is remembered; absent: 900. A gateway that hears of one late gives its flows as long."),
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
        Properties =
        [
            .. Target,
            Weight,
            new("slowStartTime", Schema.Time, "When it began to take flows, where its weight still grows (slowStartSeconds of a LoadBalancerPolicy); absent: it has the weight it is to have."),
        ],
    };

    internal static Schema Draining { get; } = new()
    {
        Name = Package + "LoadBalancerDraining",
        Type = SchemaType.Object,
        Description = "A target that keeps the flows it has but takes no new ones.",
        Required = ["ip", "deadline"],
        Properties =
        [
            .. Target,
            new("deadline", Schema.Time, "When it stops being served."),
            new("unhealthy", Schema.Boolean, "True: it is selected, and left out for what health checks find. It is listed, and checked, also past its deadline."),
        ],
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
            new("weight", Schema.Int32, "Its weight, 0 to 255; absent: 100. A target whose weight changes left with the one and joined with the other."),
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
            new("since", Schema.Time, "When it was made. A gateway that hears of it when more than a tenth of its window is over learns for a whole window from then on. Absent: nobody says."),
            new("until", Schema.Time, "When its learning window ends."),
            new("udpUntil", Schema.Time, "When its learning window ends for UDP: from then on a flow that was not seen in the window is a new one. Absent: with until."),
            new("added", Schema.ListOf(Member), "Who joined."),
            new("removed", Schema.ListOf(Member), "Who left."),
            new("keyBefore", Key, "What slots went by before, where that changed."),
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
            new("policy", Policy, "What a LoadBalancerPolicy makes gateways do; absent: there is none."),
        ],
        "networkRef",
        "destinations");
}
