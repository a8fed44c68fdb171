using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Cluster;

/// <summary>Schemas of kinds that only a cluster serves: open, as what they may be is the cluster's to say.</summary>
internal static class ClusterSchemas
{
    private static readonly Schema Anything = new() { Type = SchemaType.Object, PreserveUnknownFields = true };

    private static readonly Schema Anythings = Schema.ListOf(Anything);

    public static Schema Service { get; } = MetaSchemas.Kind(
        "io.k8s.api.core.v1.Service",
        "A Service is a name for a set of pods.",
        [new("spec", Anything, "What the service is to be."), new("status", Anything, "What the service is at present.")]);

    public static Schema EndpointSlice { get; } = MetaSchemas.Kind(
        "io.k8s.api.discovery.v1.EndpointSlice",
        "An EndpointSlice has some of the endpoints of a Service.",
        [new("addressType", Schema.String, "Kind of addresses."), new("endpoints", Anythings, "The endpoints."), new("ports", Anythings, "Their ports.")]);

    public static Schema Node { get; } = MetaSchemas.Kind(
        "io.k8s.api.core.v1.Node",
        "A Node is a machine of the cluster.",
        [new("spec", Anything, "What the node is to be."), new("status", Anything, "What the node is at present.")]);
}
