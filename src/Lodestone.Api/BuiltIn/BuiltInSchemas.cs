using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.BuiltIn;

/// <summary>Schemas of the kinds of Kubernetes' own groups.</summary>
internal static class BuiltInSchemas
{
    private const string CorePackage = "io.k8s.api.core.v1.";
    private const string CoordinationPackage = "io.k8s.api.coordination.v1.";
    private const string EventsPackage = "io.k8s.api.events.v1.";

    private static readonly Schema MicroTime = Schema.Time;

    private static readonly Schema ObjectReference = new()
    {
        Name = CorePackage + "ObjectReference",
        Type = SchemaType.Object,
        Description = "Names an object of any kind.",
        MapType = "atomic",
        Properties =
        [
            new("apiVersion", Schema.String, "Group and version of the object."),
            new("kind", Schema.String, "Kind of the object."),
            new("namespace", Schema.String, "Namespace of the object."),
            new("name", Schema.String, "Name of the object."),
            new("uid", Schema.String, "UID of the object."),
            new("resourceVersion", Schema.String, "Version of the object."),
            new("fieldPath", Schema.String, "The part of the object that is meant."),
        ],
    };

    private static readonly Schema EventSource = new()
    {
        Name = CorePackage + "EventSource",
        Type = SchemaType.Object,
        Description = "Who tells an event.",
        Properties =
        [
            new("component", Schema.String, "The component."),
            new("host", Schema.String, "The machine."),
        ],
    };

    public static Schema Namespace { get; } = MetaSchemas.Kind(
        CorePackage + "Namespace",
        "A Namespace is a scope for names.",
        [
            new("spec", new()
            {
                Name = CorePackage + "NamespaceSpec",
                Type = SchemaType.Object,
                Description = "What a namespace is to be.",
                Properties = [new("finalizers", Schema.Strings, "Who has to clean up before the namespace may go.")],
            }, "What the namespace is to be."),
            new("status", new()
            {
                Name = CorePackage + "NamespaceStatus",
                Type = SchemaType.Object,
                Description = "What a namespace is at present.",
                Properties =
                [
                    new("phase", Schema.OneOf("Active", "Terminating"), "Active, or Terminating while its content is being deleted."),
                    new("conditions", MetaSchemas.Conditions, "What was observed."),
                ],
            }, "What the namespace is at present."),
        ]);

    public static Schema ConfigMap { get; } = MetaSchemas.Kind(
        CorePackage + "ConfigMap",
        "A ConfigMap holds configuration by key, at most 1 MiB of it.",
        [
            new("immutable", Schema.Boolean, "Whether the data can't be changed any more. Once true, it stays true."),
            new("data", Schema.StringMap, "Text by key. Keys consist of letters, digits, '-', '_' and '.'."),
            new("binaryData", Schema.BytesMap, "Bytes by key, in base64. No key may be in data as well."),
        ]);

    public static Schema Secret { get; } = MetaSchemas.Kind(
        CorePackage + "Secret",
        "A Secret holds secrets by key, at most 1 MiB of them.",
        [
            new("immutable", Schema.Boolean, "Whether the data can't be changed any more. Once true, it stays true."),
            new("data", Schema.BytesMap, "Bytes by key, in base64. Keys consist of letters, digits, '-', '_' and '.'."),
            new("stringData", Schema.StringMap, "Text by key that is added to data when the object is written. It is never read back."),
            new("type", Schema.String, "What the keys are to be; Opaque where it is not given. It can't be changed."),
        ]);

    public static Schema ServiceAccount { get; } = MetaSchemas.Kind(
        CorePackage + "ServiceAccount",
        "A ServiceAccount is the identity of a program.",
        [
            new("secrets", Schema.MapListOf(ObjectReference, "name"), "Secrets that belong to the account."),
            new("imagePullSecrets", Schema.ListOf(MetaSchemas.LocalObjectReference), "Secrets to pull images with."),
            new("automountServiceAccountToken", Schema.Boolean, "Whether programs that run as the account find a token in their file system."),
        ]);

    public static Schema Event { get; } = MetaSchemas.Kind(
        CorePackage + "Event",
        "An Event tells people what happened to an object.",
        [
            new("involvedObject", ObjectReference, "The object it is about."),
            new("reason", Schema.String, "What happened, in one CamelCase word."),
            new("message", Schema.String, "What happened, for people."),
            new("source", EventSource, "Who tells it."),
            new("firstTimestamp", Schema.Time, "When it happened first."),
            new("lastTimestamp", Schema.Time, "When it happened last."),
            new("count", Schema.Int32, "How often it happened."),
            new("type", Schema.String, "Normal or Warning."),
            new("eventTime", MicroTime, "When it happened, with microseconds."),
            new("series", Series("io.k8s.api.core.v1.EventSeries"), "How it went on; not given where it happened once."),
            new("action", Schema.String, "What was done about it."),
            new("related", ObjectReference, "Another object that has to do with it."),
            new("reportingComponent", Schema.String, "The controller that tells it."),
            new("reportingInstance", Schema.String, "The instance of that controller."),
        ],
        "metadata",
        "involvedObject");

    public static Schema EventsEvent { get; } = MetaSchemas.Kind(
        EventsPackage + "Event",
        "An Event tells people what happened to an object. The same events are there in the core group, under other names.",
        [
            new("eventTime", MicroTime, "When it happened first, with microseconds."),
            new("series", Series(EventsPackage + "EventSeries"), "How it went on; not given where it happened once."),
            new("reportingController", Schema.String, "The controller that tells it, such as example.com/controller."),
            new("reportingInstance", Schema.String, "The instance of that controller, at most 128 bytes."),
            new("action", Schema.String, "What was done about it, at most 128 bytes."),
            new("reason", Schema.String, "What happened, in one CamelCase word of at most 128 bytes."),
            new("regarding", ObjectReference, "The object it is about."),
            new("related", ObjectReference, "Another object that has to do with it."),
            new("note", Schema.String, "What happened, for people, in at most 1 KiB."),
            new("type", Schema.String, "Normal or Warning."),
            new("deprecatedSource", EventSource, "Who tells it, of events written in the core group."),
            new("deprecatedFirstTimestamp", Schema.Time, "When it happened first, of events written in the core group."),
            new("deprecatedLastTimestamp", Schema.Time, "When it happened last, of events written in the core group."),
            new("deprecatedCount", Schema.Int32, "How often it happened, of events written in the core group."),
        ],
        "eventTime");

    public static Schema Lease { get; } = MetaSchemas.Kind(
        CoordinationPackage + "Lease",
        "A Lease is a heartbeat or a lock.",
        [
            new("spec", new()
            {
                Name = CoordinationPackage + "LeaseSpec",
                Type = SchemaType.Object,
                Description = "Who holds a lease, and until when.",
                Properties =
                [
                    new("holderIdentity", Schema.String, "Who holds the lease."),
                    new("leaseDurationSeconds", Schema.Int32, "Seconds after the last renewal at which the lease lapses."),
                    new("acquireTime", MicroTime, "When the holder took the lease."),
                    new("renewTime", MicroTime, "When the holder last renewed the lease."),
                    new("leaseTransitions", Schema.Int32, "How often the lease changed hands."),
                ],
            }, "Who holds the lease, and until when."),
        ]);

    private static Schema Series(string name) => new()
    {
        Name = name,
        Type = SchemaType.Object,
        Description = "How an event went on happening.",
        Properties =
        [
            new("count", Schema.Int32, "How often it happened, without the first time."),
            new("lastObservedTime", MicroTime, "When it happened last."),
        ],
    };
}
