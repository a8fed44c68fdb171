using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Networking;

/// <summary>Schema of <see cref="NetworkInterface"/>.</summary>
internal static class NetworkInterfaceSchema
{
    private const string Package = NetworkingSchemas.Package;

    private static readonly Schema VirtualIpSource = new()
    {
        Name = Package + "VirtualIPSource",
        Type = SchemaType.Object,
        Description = "Where a virtual IP comes from. Exactly one member is given.",
        Properties =
        [
            new("virtualIPRef", MetaSchemas.LocalObjectReference, "A VirtualIP that exists."),
            new("ephemeral", new()
            {
                Name = Package + "EphemeralVirtualIPSource",
                Type = SchemaType.Object,
                Description = "A VirtualIP that is made for the network interface.",
                Properties =
                [
                    new("virtualIPTemplate", new()
                    {
                        Name = Package + "VirtualIPTemplateSpec",
                        Type = SchemaType.Object,
                        Description = "What a VirtualIP is made from.",
                        Properties =
                        [
                            new("metadata", MetaSchemas.ObjectMeta, "Labels and annotations of the VirtualIP."),
                            new("spec", new()
                            {
                                Name = Package + "EphemeralVirtualIPSpec",
                                Type = SchemaType.Object,
                                Description = "What the VirtualIP is to be.",
                                Properties =
                                [
                                    new("type", Schema.OneOf("Public"), "Public."),
                                    new("ipFamily", NetworkingSchemas.IpFamily, "IPv4 or IPv6."),
                                    new("targetRef", MetaSchemas.LocalUidReference, "The network interface it leads to."),
                                    new("reclaimPolicy", Schema.OneOf("Retain", "Delete"), "What becomes of it when the interface goes: Retain or Delete, which is the default."),
                                ],
                            }, "What the VirtualIP is to be."),
                        ],
                    }, "What the VirtualIP is made from."),
                ],
            }, "A VirtualIP that is made for the network interface."),
        ],
    };

    private static readonly Schema Spec = new()
    {
        Name = Package + "NetworkInterfaceSpec",
        Type = SchemaType.Object,
        Description = "What a network interface is to be.",
        Required = ["networkRef", "ipFamilies", "ips"],
        Properties =
        [
            new("providerID", Schema.String, "Where the interface lives: lodestone://host/device names a device on the machine of that Host."),
            new("networkRef", MetaSchemas.LocalObjectReference, "The Network the interface is in. It can't be changed."),
            new("machineRef", MetaSchemas.LocalUidReference, "The machine that uses the interface."),
            new("ipFamilies", Schema.ListOf(NetworkingSchemas.IpFamily), "The IP family of each of ips. Derived from ips where it is not given. It can't be changed.") { IsDerived = true },
            new("ips", Schema.ListOf(NetworkingSchemas.IpSource), "The addresses of the interface within the network."),
            new("prefixes", Schema.ListOf(NetworkingSchemas.PrefixSource), "Further prefixes that are routed to the interface."),
            new("virtualIP", VirtualIpSource, "A public address of the interface's own."),
            new("attributes", Schema.StringMap, "Settings for the provider. They can't be changed."),
        ],
    };

    private static readonly Schema Health = new()
    {
        Name = Package + "TargetHealth",
        Type = SchemaType.Object,
        Description = "What the health checks of a LoadBalancer found of a network interface.",
        Required = ["loadBalancer", "uid", "ipFamily", "state", "since"],
        Properties =
        [
            new("loadBalancer", Schema.String, "Name of the LoadBalancer, of the same namespace."),
            new("uid", Schema.String, "UID of the LoadBalancer."),
            new("ipFamily", Schema.OneOf("IPv4", "IPv6"), "Over which family."),
            new("state", Schema.OneOf(TargetHealth.Flapping, TargetHealth.Healthy, TargetHealth.Unhealthy), "Healthy: enough checks in a row succeeded. Unhealthy: enough failed. Flapping: they succeed again, and it takes no new flows for a while, since they failed so often."),
            new("since", Schema.Time, "Since when."),
            new("message", Schema.String, "Of an unhealthy one: how the check failed that made it so. Of one that flaps: for how long it is held."),
            new("failedAt", Schema.ListOf(Schema.Time), "When it became unhealthy last, and before that within ten minutes; the oldest first. For how long it is held follows from that, also for an agent that starts anew."),
        ],
    };

    private static readonly Schema Status = new()
    {
        Name = Package + "NetworkInterfaceStatus",
        Type = SchemaType.Object,
        Description = "What a network interface is at present.",
        Properties =
        [
            new("state", Schema.OneOf("Pending", "Available", "Error"), "Pending, Available or Error. Only an Available interface is a target of load balancers."),
            new("lastStateTransitionTime", Schema.Time, "When the state last changed."),
            new("ips", Schema.Addresses, "The addresses in use."),
            new("prefixes", Schema.ListOf(Schema.Prefix), "The prefixes in use."),
            new("virtualIP", Schema.Address, "The virtual IP in use."),
            new("conditions", MetaSchemas.Conditions, "Why the state is what it is."),
            new("health", Schema.ListOf(Health), "What health checks of LoadBalancerPolicies found; written by the agent of the interface's Host where it changes. Without an entry nothing is known, and the interface counts as it did."),
        ],
    };

    public static Schema Instance { get; } = MetaSchemas.Kind(
        Package + "NetworkInterface",
        "A NetworkInterface connects a workload with a Network. Load balancers find their targets among the interfaces by label.",
        [
            new("spec", Spec, "What the network interface is to be."),
            new("status", Status, "What the network interface is at present."),
        ]);
}
