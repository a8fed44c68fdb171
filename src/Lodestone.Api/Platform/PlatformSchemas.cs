using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Platform;

/// <summary>Schemas of the kinds of <c>lodestone.dev</c>.</summary>
internal static class PlatformSchemas
{
    internal const string Package = "dev.lodestone.v1alpha1.";

    private static readonly Schema Usage = new()
    {
        Name = Package + "AddressPoolUsage",
        Type = SchemaType.Object,
        Description = "How many addresses of a family there are. The numbers are strings since they may exceed 64 bits.",
        Required = ["total", "used", "free"],
        Properties =
        [
            new("total", Schema.String, "Addresses in the pool without the excluded ones."),
            new("used", Schema.String, "Addresses that are allocated."),
            new("free", Schema.String, "Addresses that are left."),
        ],
    };

    private static readonly Schema Outside = new()
    {
        Name = Package + "AddressPoolOutside",
        Type = SchemaType.Object,
        Description = "Addresses in use that came from the pool and are no longer in it.",
        Required = ["count"],
        Properties =
        [
            new("count", Schema.Int32, "How many there are."),
            new("addresses", Schema.ListOf(Schema.String), "The lowest of them, at most ten."),
        ],
    };

    private static readonly Schema Claim = new()
    {
        Name = Package + "ClaimRef",
        Type = SchemaType.Object,
        Description = "The exact object that holds something.",
        MapType = "atomic",
        Required = ["group", "resource", "name", "uid"],
        Properties =
        [
            new("group", Schema.String, "API group of the object."),
            new("resource", Schema.String, "Plural resource name of the object."),
            new("namespace", Schema.String, "Namespace of the object; empty for cluster scope."),
            new("name", Schema.String, "Name of the object."),
            new("uid", Schema.String, "UID of the object."),
        ],
    };

    public static Schema AddressPool { get; } = MetaSchemas.Kind(
        Package + "AddressPool",
        "An AddressPool is where the addresses of Public LoadBalancers come from.",
        [
            new("spec", new()
            {
                Name = Package + "AddressPoolSpec",
                Type = SchemaType.Object,
                Description = "Which addresses there are, and for whom.",
                Required = ["addresses"],
                Properties =
                [
                    new("addresses", Schema.ListOf(Schema.String), "What may be allocated: prefixes in CIDR form, ranges written FIRST-LAST, or single addresses, of either IP family."),
                    new("excludedAddresses", Schema.ListOf(Schema.String), "What of it must not be allocated, in the same forms."),
                    new("includeNetworkAndBroadcast", Schema.Boolean, "Whether the first and the last address of IPv4 prefixes shorter than /31 are allocated too; false where it is not given. Ranges, single addresses and IPv6 are always allocated whole."),
                    new("namespaceSelector", MetaSchemas.LabelSelector, "Selects the namespaces whose load balancers may use the pool; all where it is not given."),
                    new("loadBalancerSelector", MetaSchemas.LabelSelector, "Selects the load balancers that may use the pool; all where it is not given."),
                    new("priority", Schema.Int32, "Pools of higher priority are tried first; 0 where it is not given."),
                ],
            }, "Which addresses there are, and for whom."),
            new("status", new()
            {
                Name = Package + "AddressPoolStatus",
                Type = SchemaType.Object,
                Description = "How much is in use.",
                Properties =
                [
                    new("ipv4", Usage, "IPv4 addresses."),
                    new("ipv6", Usage, "IPv6 addresses."),
                    new("inUseOutside", Outside, "Addresses in use that came from the pool and are no longer in it."),
                    new("conditions", MetaSchemas.Conditions, "What was observed."),
                ],
            }, "How much is in use."),
        ]);

    public static Schema IPAddress { get; } = MetaSchemas.Kind(
        Package + "IPAddress",
        "An IPAddress is one allocated address. Its name is the address (IPv6 as eight groups of four digits joined by dashes; internal ones with the UID of their network and a dot before), so no address is given out twice.",
        [
            new("spec", new()
            {
                Name = Package + "IPAddressSpec",
                Type = SchemaType.Object,
                Description = "The address and who holds it. It can't be changed.",
                Required = ["ip"],
                Properties =
                [
                    new("ip", Schema.Address, "The address in its canonical form."),
                    new("poolRef", MetaSchemas.LocalObjectReference, "The AddressPool it came from; none for an internal address."),
                    new("networkRef", MetaSchemas.LocalUidReference, "The Network it is unique in; none for a public address."),
                    new("claimRef", Claim, "Who holds it."),
                ],
            }, "The address and who holds it."),
            new("status", new()
            {
                Name = Package + "IPAddressStatus",
                Type = SchemaType.Object,
                Description = "Whether the address is being given back.",
                Properties = [new("releasedAt", Schema.Time, "When its holder let go. Some time after, the address is free again.")],
            }, "Whether the address is being given back."),
        ]);

    public static Schema NetworkID { get; } = MetaSchemas.Kind(
        Package + "NetworkID",
        "A NetworkID is one allocated network identifier (VNI). Its name is the number.",
        [
            new("spec", new()
            {
                Name = Package + "NetworkIDSpec",
                Type = SchemaType.Object,
                Description = "Who holds the identifier. It can't be changed.",
                Properties = [new("claimRef", Claim, "The network that holds it.")],
            }, "Who holds the identifier."),
        ]);

    public static Schema Host { get; } = MetaSchemas.Kind(
        Package + "Host",
        "A Host is a machine that runs an agent. The agent registers it and keeps it alive through a Lease of the same name.",
        [
            new("spec", new()
            {
                Name = Package + "HostSpec",
                Type = SchemaType.Object,
                Description = "What the machine is configured as.",
                Properties =
                [
                    new("roles", Schema.SetOf(Schema.OneOf("Gateway", "Hypervisor")), "Gateway: announces the addresses of load balancers. Hypervisor: runs network interfaces. A machine may be both."),
                    new("underlayAddresses", Schema.Addresses, "Addresses other machines reach it at."),
                    new("underlayPrefix", Schema.Prefix, "An IPv6 prefix of length 64 out of which the underlay addresses of its network interfaces are derived."),
                    new("drain", Schema.Boolean, "Whether the machine is to take no new flows: as a gateway it announces nothing, as a hypervisor its network interfaces leave the rings and keep the flows they have. Agents never write it."),
                ],
            }, "What the machine is configured as."),
            new("status", new()
            {
                Name = Package + "HostStatus",
                Type = SchemaType.Object,
                Description = "What the agent found.",
                Properties =
                [
                    new("conditions", MetaSchemas.Conditions, "What was observed: Ready and DatapathReady."),
                    new("mtuBytes", Schema.Int32, "MTU of the uplink in bytes."),
                    new("kernelRelease", Schema.String, "Release of the running kernel."),
                    new("kernelFeatures", Schema.SetOf(Schema.String), "What the data path may use of the kernel."),
                    new("agentVersion", Schema.String, "Version of the agent."),
                    new("announcedAddresses", Schema.Int32, "How many addresses of load balancers it announces on its segment; follows a change within some seconds. Absent on a machine that is no gateway."),
                    new("tableFingerprint", Schema.String, "16 hexadecimal digits of what the tables of all public addresses in the data path have in common with other gateways': at rest gateways have the same."),
                ],
            }, "What the agent found."),
        ]);

    private static readonly Schema Weight = new()
    {
        Name = Package + "TargetWeight",
        Type = SchemaType.Object,
        Description = "The weight of the network interfaces that a selector selects.",
        Required = ["selector", "weight"],
        Properties =
        [
            new("selector", MetaSchemas.LabelSelector, "Selects network interfaces among the load balancer's; an empty one selects all."),
            new("weight", Schema.Int32, "Their share of new flows relative to the others', 0 to 255. 0: they take none and keep those they have. A share far below a slot of the ring (1 in 65536) may come to none."),
        ],
    };

    private static readonly Schema Quic = new()
    {
        Name = Package + "QuicRouting",
        Type = SchemaType.Object,
        Description = "How QUIC packets find the server that chose their connection ID (draft-ietf-quic-load-balancers, plaintext): the first octet of an ID has the configuration in its top three bits, the server ID follows. A server's ID is the last bytes of its address.",
        Properties =
        [
            new("configID", Schema.Int32, "The configuration that servers put into the first octet, 0 to 6; 0 where it is not given. IDs of another one, and of 7, go by the ring."),
            new("serverIDLength", Schema.Int32, "Bytes of the server ID, 1 to 8; 4 where it is not given. They are the last ones of the target's address in its IPv6 form, in which IPv4 is v4-mapped: with 4 the IPv4 address as it is. Connection IDs that name two targets go by the ring."),
            new("ports", Schema.ListOf(Schema.Int32), "UDP ports that speak QUIC, 1 to 65535, at most 8; all of the LoadBalancer's where none is given."),
        ],
    };

    public static Schema LoadBalancerPolicy { get; } = MetaSchemas.Kind(
        Package + "LoadBalancerPolicy",
        "A LoadBalancerPolicy tells how a LoadBalancer of its namespace spreads flows. Of several for one LoadBalancer the oldest counts. It needs a LoadBalancer with a networkInterfaceSelector, whose routing is ours to write.",
        [
            new("spec", new()
            {
                Name = Package + "LoadBalancerPolicySpec",
                Type = SchemaType.Object,
                Description = "How flows are spread. Established flows stay with their target whatever is changed here, except as a field says.",
                Required = ["loadBalancerRef"],
                Properties =
                [
                    new("loadBalancerRef", MetaSchemas.LocalObjectReference, "The LoadBalancer."),
                    new("weights", Schema.ListOf(Weight), "Shares of new flows by labels of network interfaces. The first entry that selects one counts; where none does, its weight is 100."),
                    new("sessionAffinity", Schema.OneOf(SessionAffinities.Flow, SessionAffinities.SourceAddress, SessionAffinities.SourcePrefix), "Which flows go to one target. Flow, where it is not given: each by itself. SourceAddress: all of a client's address, whatever their protocol and ports. SourcePrefix: all of a prefix of client addresses. When targets change, a client seen within a minute of the change, or with a flow that sent since, stays where it is while its target lives; others go by the new targets. A client keeps opening flows at a target that drains. A change of this field keeps established flows that send within transitionSeconds of it; fragments and flows silent for longer go by the new way."),
                    new("ipv4PrefixLength", Schema.Int32, "With SourcePrefix: leading bits of an IPv4 address that count, 1 to 32; 24 where it is not given. Changes as sessionAffinity does."),
                    new("ipv6PrefixLength", Schema.Int32, "With SourcePrefix: leading bits of an IPv6 address that count, 1 to 128; 64 where it is not given. Changes as sessionAffinity does."),
                    new("fragments", Schema.OneOf(FragmentModes.AddressPair, FragmentModes.Record), "How later fragments find their target. Record, where it is not given: by a record of the first, which must come first and to the same gateway. AddressPair: all packets of a client's address and a protocol go to one target, so fragments do, in any order and at any gateway; their ports are not checked. Changes as sessionAffinity does."),
                    new("echo", Schema.OneOf("Answer", "Drop"), "What becomes of pings to the LoadBalancer's addresses; they are answered by a gateway where it is not given."),
                    new("delivery", Schema.OneOf("Direct", "Translate"), "With which destination packets reach network interfaces. Direct, where it is not given: the LoadBalancer's address, which the workload has to own and answers from. Translate: the network interface's own address; its host puts the LoadBalancer's back into answers, and the workload knows nothing of it. Established flows of a workload that owned the address break when it is changed."),
                    new("announcement", Schema.OneOf(AnnouncementModes.Auto, AnnouncementModes.Bgp, AnnouncementModes.Both, AnnouncementModes.Layer2), "How gateways tell where the LoadBalancer's public addresses are. Auto, where it is not given: a gateway that a BGPPeer selects by BGP, others on the segment. Layer2: one gateway answers ARP and NDP. BGP: every gateway that a BGPPeer selects, and nobody else. Both: BGP, and one gateway on the segment, which then alone answers pings."),
                    new("encapsulation", Schema.OneOf(EncapsulationModes.Auto, EncapsulationModes.Geneve, EncapsulationModes.Gue, EncapsulationModes.Ipip, EncapsulationModes.IPv6), "How packets for targets on other machines are wrapped. Auto, where it is not given: directly in IPv6, or in Geneve where either machine has only IPv4; for destinations that are no network interfaces directly in IP. IPv6, Geneve: that, to network interfaces. IPIP, GUE: that, to destinations that are none. Other targets are not concerned. What a machine can't take is said and not replaced. A target has one form: of LoadBalancers that share it, the first address that chooses one counts."),
                    new("drainSeconds", Schema.Int32, "How many seconds a target that left the LoadBalancer but lives keeps its flows, 0 to 86400; 900 where neither it nor the controllers' setting is given. With 0 they break at once. It counts for targets that leave from then on."),
                    new("slowStartSeconds", Schema.Int32, "How many seconds a target that joins, new or healthy again, takes to have its weight, 10 to 7200, in at most 8 equal steps; at once where it is not given, and where no other target of the family has flows to spare. A step moves new flows only, and counts for UDP and for clients with a sessionAffinity a minute after it: they need 1200 or more."),
                    new("transitionSeconds", Schema.Int32, "How many seconds after a change of targets established flows are still recognised by their packets, 10 to 7200; 900 where neither it nor the controllers' setting is given. One that is silent for longer may go to another target. It counts for changes from then on."),
                    new("udp", Schema.OneOf("PreferNew", "Stable"), "Whose UDP flows are that nobody has seen since a change of targets. Stable, where it is not given: for a minute those who had them before, so established ones stay. PreferNew: at once those who have them now, which moves established UDP flows of targets that changed."),
                    new("quic", Quic, "Lets QUIC connections stay with their server whatever becomes of the client's address and of the targets, for as long as the server lives, by the connection IDs that it chooses. Packets whose ID names no target go by the ring. With all fields at their defaults: quic: {}."),
                    new("healthCheck", HealthCheckSchema.Instance, "Has targets checked: one that fails takes no new flows. When no target of a family is healthy all count as healthy. Without it all that are Available do."),
                ],
            }, "How flows are spread."),
            new("status", new()
            {
                Name = Package + "LoadBalancerPolicyStatus",
                Type = SchemaType.Object,
                Description = "Whether the policy counts.",
                Properties = [new("conditions", MetaSchemas.Conditions, "What was observed: Accepted, Attached and, with quic, ServerIDsUnique.")],
            }, "Whether the policy counts."),
        ]);

    public static Schema LoadBalancerRoutingSlice { get; } = MetaSchemas.Kind(
        Package + "LoadBalancerRoutingSlice",
        "A LoadBalancerRoutingSlice is a part of a LoadBalancerRouting that is too large for one object. It is written by a controller and never changes; the routing lists the slices that count.",
        [
            new("routingRef", MetaSchemas.LocalUidReference, "The exact LoadBalancerRouting it is a part of."),
            new("destinations", Schema.ListOf(LoadBalancerRoutingSchema.Destination), "What takes new flows, sorted by UID and address."),
            new("ringHistory", Schema.ListOf(new()
            {
                Name = Package + "RingMembers",
                Type = SchemaType.Object,
                Description = "Who of the slice's targets came and left with one change of the destinations.",
                Required = ["generation"],
                Properties =
                [
                    new("generation", Schema.Int64, "The ringGeneration the change led to; the routing tells its times."),
                    new("added", Schema.ListOf(LoadBalancerRoutingSchema.Member), "Who joined."),
                    new("removed", Schema.ListOf(LoadBalancerRoutingSchema.Member), "Who left."),
                ],
            }), "Changes that established flows are still being protected from, oldest first."),
            new("draining", Schema.ListOf(LoadBalancerRoutingSchema.Draining), "Targets that keep the flows they have but take no new ones."),
        ],
        "routingRef");
}
