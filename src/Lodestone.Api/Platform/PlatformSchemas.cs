using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Platform;

/// <summary>Schemas of the kinds of <c>lodestone.dev</c>.</summary>
internal static class PlatformSchemas
{
    private const string Package = "dev.lodestone.v1alpha1.";

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
                ],
            }, "What the agent found."),
        ]);
}
