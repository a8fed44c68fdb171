using Lodestone.Api.Resources;

namespace Lodestone.ApiServer.Protobuf;

/// <summary>The messages of Kubernetes' own kinds, with the field numbers its clients use.</summary>
/// <remarks>Left out are managed fields, which clients that send protobuf leave to the server.</remarks>
internal static class KubernetesMessages
{
    private static readonly ProtobufField[] OwnerReference =
    [
        Always(5, "apiVersion"),
        Always(1, "kind"),
        Always(3, "name"),
        Always(4, "uid"),
        Boolean(6, "controller"),
        Boolean(7, "blockOwnerDeletion"),
    ];

    private static readonly ProtobufField[] ObjectMeta =
    [
        Text(1, "name"),
        Text(2, "generateName"),
        Text(3, "namespace"),
        Text(4, "selfLink"),
        Text(5, "uid"),
        Text(6, "resourceVersion"),
        new(7, "generation", ProtobufType.Int64),
        Time(8, "creationTimestamp"),
        Time(9, "deletionTimestamp"),
        new(10, "deletionGracePeriodSeconds", ProtobufType.Int64) { HasPresence = true },
        new(11, "labels", ProtobufType.Map),
        new(12, "annotations", ProtobufType.Map),
        Messages(13, "ownerReferences", OwnerReference),
        Texts(14, "finalizers"),
    ];

    private static readonly ProtobufField[] NamespaceCondition =
    [
        Always(1, "type"),
        Always(2, "status"),
        Time(4, "lastTransitionTime"),
        Text(5, "reason"),
        Text(6, "message"),
    ];

    private static readonly ProtobufField[] Namespace =
    [
        Message(1, "metadata", ObjectMeta),
        Message(2, "spec", [Texts(1, "finalizers")]),
        Message(3, "status", [Text(1, "phase"), Messages(2, "conditions", NamespaceCondition)]),
    ];

    private static readonly ProtobufField[] ObjectReference =
    [
        Text(1, "kind"),
        Text(2, "namespace"),
        Text(3, "name"),
        Text(4, "uid"),
        Text(5, "apiVersion"),
        Text(6, "resourceVersion"),
        Text(7, "fieldPath"),
    ];

    private static readonly ProtobufField[] Event =
    [
        Message(1, "metadata", ObjectMeta),
        Message(2, "involvedObject", ObjectReference),
        Text(3, "reason"),
        Text(4, "message"),
        Message(5, "source", [Text(1, "component"), Text(2, "host")]),
        Time(6, "firstTimestamp"),
        Time(7, "lastTimestamp"),
        new(8, "count", ProtobufType.Int32),
        Text(9, "type"),
        MicroTime(10, "eventTime"),
        Message(11, "series", [new(1, "count", ProtobufType.Int32), MicroTime(2, "lastObservedTime")]),
        Text(12, "action"),
        Message(13, "related", ObjectReference),
        Text(14, "reportingComponent"),
        Text(15, "reportingInstance"),
    ];

    private static readonly ProtobufField[] LeaseSpec =
    [
        Always(1, "holderIdentity"),
        new(2, "leaseDurationSeconds", ProtobufType.Int32) { HasPresence = true },
        MicroTime(3, "acquireTime"),
        MicroTime(4, "renewTime"),
        new(5, "leaseTransitions", ProtobufType.Int32) { HasPresence = true },
        Always(6, "strategy"),
        Always(7, "preferredHolder"),
    ];

    private static readonly ProtobufField[] Lease = [Message(1, "metadata", ObjectMeta), Message(2, "spec", LeaseSpec)];

    /// <summary>meta/v1 DeleteOptions.</summary>
    public static ProtobufField[] DeleteOptions { get; } =
    [
        new(1, "gracePeriodSeconds", ProtobufType.Int64) { HasPresence = true },
        Message(2, "preconditions", [Always(1, "uid"), Always(2, "resourceVersion")]),
        Boolean(3, "orphanDependents"),
        Always(4, "propagationPolicy"),
        Texts(5, "dryRun"),
        Boolean(6, "ignoreStoreReadErrorWithClusterBreakingPotential"),
    ];

    /// <summary>The fields of a kind, or null for a kind that has no protobuf form.</summary>
    public static ProtobufField[]? Find(ResourceDefinition resource) => (resource.ApiVersion, resource.Kind) switch
    {
        ("v1", "Namespace") => Namespace,
        ("v1", "Event") => Event,
        ("coordination.k8s.io/v1", "Lease") => Lease,
        _ => null,
    };

    private static ProtobufField Text(int number, string name) => new(number, name, ProtobufType.Text);

    private static ProtobufField Texts(int number, string name) => new(number, name, ProtobufType.Text) { IsRepeated = true };

    private static ProtobufField Always(int number, string name) => new(number, name, ProtobufType.Text) { HasPresence = true };

    private static ProtobufField Boolean(int number, string name) => new(number, name, ProtobufType.Boolean) { HasPresence = true };

    private static ProtobufField Time(int number, string name) => new(number, name, ProtobufType.Time);

    private static ProtobufField MicroTime(int number, string name) => new(number, name, ProtobufType.MicroTime);

    private static ProtobufField Message(int number, string name, ProtobufField[] fields) =>
        new(number, name, ProtobufType.Message) { Message = fields };

    private static ProtobufField Messages(int number, string name, ProtobufField[] fields) =>
        new(number, name, ProtobufType.Message) { Message = fields, IsRepeated = true };
}
