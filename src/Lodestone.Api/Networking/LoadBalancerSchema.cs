using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Networking;

/// <summary>Schema of <see cref="LoadBalancer"/>.</summary>
internal static class LoadBalancerSchema
{
    private const string Package = NetworkingSchemas.Package;

    private static readonly Schema Port = new()
    {
        Name = Package + "LoadBalancerPort",
        Type = SchemaType.Object,
        Description = "A protocol and a port, or a range of ports, that a load balancer lets through.",
        Required = ["port"],
        Properties =
        [
            new("protocol", Schema.OneOf("TCP", "UDP", "SCTP"), "The protocol to let through: TCP, UDP or SCTP. TCP where it is not given."),
            new("port", Schema.Int32, "The port to let through, or the first of a range; 1 to 65535. Traffic reaches the target on the same port."),
            new("endPort", Schema.Int32, "The last port of the range, not below port. Without it only port itself is let through."),
        ],
    };

    private static readonly Schema Spec = new()
    {
        Name = Package + "LoadBalancerSpec",
        Type = SchemaType.Object,
        Description = "What a load balancer is to be.",
        Required = ["type", "ipFamilies", "networkRef"],
        Properties =
        [
            new("type", Schema.OneOf("Public", "Internal"), "Public: addresses come from an AddressPool. Internal: addresses belong to the network. It can't be changed."),
            new("ipFamilies", Schema.ListOf(NetworkingSchemas.IpFamily), "The IP families the load balancer has an address of: IPv4, IPv6 or both. Derived from ips where it is not given.") { IsDerived = true },
            new("ips", Schema.ListOf(NetworkingSchemas.IpSource), "The addresses to use, one for each IP family. Only for load balancers of type Internal."),
            new("networkRef", MetaSchemas.LocalObjectReference, "The Network the load balancer and its targets belong to. It can't be changed."),
            new("networkInterfaceSelector", MetaSchemas.LabelSelector, "Selects the NetworkInterfaces of the network that traffic is spread over. Without it somebody else has to write the LoadBalancerRouting."),
            new("ports", Schema.ListOf(Port), "What is let through. Without any port, every port of TCP, UDP and SCTP."),
        ],
    };

    private static readonly Schema Gateway = new()
    {
        Name = Package + "LoadBalancerGateway",
        Type = SchemaType.Object,
        Description = "What became of a load balancer on one gateway.",
        Required = ["name", "state"],
        Properties =
        [
            new("name", Schema.String, "Name of the gateway's Host."),
            new("state", Schema.OneOf(LoadBalancerGatewayStates.Programmed, LoadBalancerGatewayStates.Failed), "Programmed: the addresses are in the data path as wanted. Failed: they are not, or not as wanted."),
            new("reason", Schema.String, "Why, in one CamelCase word, for programs."),
            new("message", Schema.String, "Why, for people."),
            new("observedGeneration", Schema.Int64, "The metadata.generation of the load balancer that the data path was made from."),
            new("ringGeneration", Schema.Int64, "The ringGeneration of the LoadBalancerRouting that is in the data path."),
            new("tableFingerprint", Schema.String, "16 hexadecimal digits of what the table in the data path has in common with other gateways': at the same generations gateways have the same."),
        ],
    };

    private static readonly Schema Status = new()
    {
        Name = Package + "LoadBalancerStatus",
        Type = SchemaType.Object,
        Description = "What a load balancer is at present.",
        Properties =
        [
            new("ips", Schema.Addresses, "The allocated addresses, in the order of the IP families."),
            new("conditions", MetaSchemas.Conditions, "What was observed: Accepted, AddressesAllocated, NetworkReady, TargetsReady and Programmed; GatewaysAgree once gateways did not."),
            new("observedGeneration", Schema.Int64, "The metadata.generation the status speaks of."),
            new("targets", Schema.Int32, "How many network interfaces take new flows."),
            new("drainingTargets", Schema.Int32, "How many network interfaces keep the flows they have but take no new ones."),
            new("selectedTargets", Schema.Int32, "How many network interfaces are selected, whether or not they take flows."),
            new("readyTargets", Schema.String, "The targets that take new flows, of those selected, such as 2/3; for tables."),
            new("state", Schema.String, "The conditions in one word, for tables: Ready, or the reason of the first that is not true."),
            new("gateways", Schema.MapListOf(Gateway, "name"), "What became of it on each gateway. A gateway's entry is written by its agent, and goes when its data path has let go of the addresses."),
        ],
    };

    public static Schema Instance { get; } = MetaSchemas.Kind(
        Package + "LoadBalancer",
        "A LoadBalancer has a stable address per IP family and spreads the traffic to it over selected NetworkInterfaces. Packets reach a target unchanged, and it answers the client directly.",
        [
            new("spec", Spec, "What the load balancer is to be."),
            new("status", Status, "What the load balancer is at present."),
        ]);
}
