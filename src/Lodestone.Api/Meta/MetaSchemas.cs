using Lodestone.Api.Resources;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Meta;

/// <summary>Schemas that all kinds share.</summary>
public static class MetaSchemas
{
    private const string Package = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    /// <summary>An object that owns another.</summary>
    public static Schema OwnerReference { get; } = new()
    {
        Name = Package + "OwnerReference",
        Type = SchemaType.Object,
        Description = "Names an object that owns the one the reference stands in: in the same namespace, or of cluster scope.",
        Required = ["apiVersion", "kind", "name", "uid"],
        MapType = "atomic",
        Properties =
        [
            new("apiVersion", Schema.String, "Group and version of the owner."),
            new("kind", Schema.String, "Kind of the owner."),
            new("name", Schema.String, "Name of the owner."),
            new("uid", Schema.String, "UID of the owner."),
            new("controller", Schema.Boolean, "Whether the owner is the controller that manages this object."),
            new("blockOwnerDeletion", Schema.Boolean, "Whether a foreground deletion of the owner waits until this object is gone."),
        ],
    };

    /// <summary>Which manager set which fields.</summary>
    public static Schema ManagedFieldsEntry { get; } = new()
    {
        Name = Package + "ManagedFieldsEntry",
        Type = SchemaType.Object,
        Description = "Says which fields a manager set, for server-side apply.",
        Properties =
        [
            new("manager", Schema.String, "Who set the fields."),
            new("operation", Schema.String, "How they were set: Apply or Update."),
            new("apiVersion", Schema.String, "Group and version the fields are named in."),
            new("time", Schema.Time, "When they were last set."),
            new("fieldsType", Schema.String, "Format of the field set: FieldsV1."),
            new("fieldsV1", new() { Name = Package + "FieldsV1", Type = SchemaType.Object, PreserveUnknownFields = true, Description = "A set of fields." }, "The fields."),
            new("subresource", Schema.String, "The subresource they were set through; empty for the main resource."),
        ],
    };

    /// <summary>Standard object metadata.</summary>
    public static Schema ObjectMeta { get; } = new()
    {
        Name = Package + "ObjectMeta",
        Type = SchemaType.Object,
        Description = "Metadata that every object has.",
        Properties =
        [
            new("name", Schema.String, "Name of the object, unique within its kind and namespace. It can't be changed."),
            new("generateName", Schema.String, "Where no name is given: a prefix that the server completes to a unique name."),
            new("namespace", Schema.String, "The namespace the object lives in; empty for kinds of cluster scope. It can't be changed."),
            new("uid", Schema.String, "Identifies the object in time and space. Set by the server."),
            new("resourceVersion", Schema.String, "Changes with every write. Send it back with an update to be refused where somebody else wrote in between."),
            new("generation", Schema.Int64, "Counts the changes of the desired state. Set by the server."),
            new("creationTimestamp", Schema.Time, "When the object was created. Set by the server."),
            new("deletionTimestamp", Schema.Time, "When deletion was asked for; the object goes when its finalizers are gone. Set by the server."),
            new("deletionGracePeriodSeconds", Schema.Int64, "Seconds the object may take to terminate gracefully. Set by the server."),
            new("labels", Schema.StringMap, "Keys and values that selectors match."),
            new("annotations", Schema.StringMap, "Keys and values that tools keep with the object. Selectors don't see them."),
            new("ownerReferences", Schema.MapListOf(OwnerReference, "uid"), "Objects this one depends on. When all of them are gone, it is collected."),
            new("finalizers", Schema.SetOf(Schema.String), "Who has to clean up before the object may go. Each removes its own entry."),
            new("managedFields", Schema.ListOf(ManagedFieldsEntry), "Which manager set which fields, for server-side apply."),
        ],
    };

    /// <summary>Metadata of a list.</summary>
    public static Schema ListMeta { get; } = new()
    {
        Name = Package + "ListMeta",
        Type = SchemaType.Object,
        Description = "Metadata of a list.",
        Properties =
        [
            new("resourceVersion", Schema.String, "The version the list was read at; a watch may start from it."),
            new("continue", Schema.String, "Asks for the next page; empty on the last."),
            new("remainingItemCount", Schema.Int64, "How many items follow this page, where that is known."),
        ],
    };

    /// <summary>One requirement of a label selector.</summary>
    public static Schema LabelSelectorRequirement { get; } = new()
    {
        Name = Package + "LabelSelectorRequirement",
        Type = SchemaType.Object,
        Description = "One requirement on one label.",
        Required = ["key", "operator"],
        Properties =
        [
            new("key", Schema.String, "Key of the label."),
            new("operator", Schema.String, "How the label relates to the values: In, NotIn, Exists or DoesNotExist."),
            new("values", Schema.Strings, "Values for In and NotIn; empty for the others."),
        ],
    };

    /// <summary>A label selector.</summary>
    public static Schema LabelSelector { get; } = new()
    {
        Name = Package + "LabelSelector",
        Type = SchemaType.Object,
        Description = "Selects objects by their labels. All requirements have to be met; a selector without any matches every object.",
        MapType = "atomic",
        Properties =
        [
            new("matchLabels", Schema.StringMap, "Labels an object must have with exactly these values."),
            new("matchExpressions", Schema.ListOf(LabelSelectorRequirement), "Requirements on labels."),
        ],
    };

    /// <summary>Names an object of the same namespace.</summary>
    public static Schema LocalObjectReference { get; } = new()
    {
        Name = "io.k8s.api.core.v1.LocalObjectReference",
        Type = SchemaType.Object,
        Description = "Names an object of the same namespace.",
        MapType = "atomic",
        Properties = [new("name", Schema.String, "Name of the object.")],
    };

    /// <summary>Names one exact object of the same namespace.</summary>
    public static Schema LocalUidReference { get; } = new()
    {
        Name = "dev.ironcore.common.v1alpha1.LocalUIDReference",
        Type = SchemaType.Object,
        Description = "Names one exact object of the same namespace.",
        MapType = "atomic",
        Required = ["name", "uid"],
        Properties =
        [
            new("name", Schema.String, "Name of the object."),
            new("uid", Schema.String, "UID of the object."),
        ],
    };

    /// <summary>One observed aspect of an object's state.</summary>
    public static Schema Condition { get; } = new()
    {
        Name = Package + "Condition",
        Type = SchemaType.Object,
        Description = "One observed aspect of an object's state.",
        Required = ["type", "status", "lastTransitionTime", "reason", "message"],
        Properties =
        [
            new("type", Schema.String, "What is observed, in CamelCase."),
            new("status", Schema.OneOf("True", "False", "Unknown"), "Whether it is so: True, False or Unknown."),
            new("observedGeneration", Schema.Int64, "The metadata.generation the observation was made of; a smaller one means it is out of date."),
            new("lastTransitionTime", Schema.Time, "When the status last changed."),
            new("reason", Schema.String, "Why, in one CamelCase word, for programs."),
            new("message", Schema.String, "Why, for people."),
        ],
    };

    /// <summary>Conditions, known by their type.</summary>
    public static Schema Conditions { get; } = Schema.MapListOf(Condition, "type");

    /// <summary>What a server answers where it isn't an object.</summary>
    public static Schema Status { get; } = new()
    {
        Name = Package + "Status",
        Type = SchemaType.Object,
        Description = "The outcome of a request that returns no object.",
        Properties =
        [
            .. TypeProperties,
            new("metadata", ListMeta, "Metadata of the answer."),
            new("status", Schema.String, "Success or Failure."),
            new("message", Schema.String, "What happened, for people."),
            new("reason", Schema.String, "What happened, in one CamelCase word, for programs."),
            new("details", new()
            {
                Name = Package + "StatusDetails",
                Type = SchemaType.Object,
                Description = "Which object the status is about, and every cause.",
                Properties =
                [
                    new("name", Schema.String, "Name of the object."),
                    new("group", Schema.String, "API group of the object."),
                    new("kind", Schema.String, "Kind, or resource, of the object."),
                    new("uid", Schema.String, "UID of the object."),
                    new("causes", Schema.ListOf(new()
                    {
                        Name = Package + "StatusCause",
                        Type = SchemaType.Object,
                        Description = "One problem.",
                        Properties =
                        [
                            new("reason", Schema.String, "What is wrong, in one CamelCase word, for programs."),
                            new("message", Schema.String, "What is wrong, for people."),
                            new("field", Schema.String, "Path of the field, such as spec.ports[0].port."),
                        ],
                    }), "Every problem."),
                    new("retryAfterSeconds", Schema.Int32, "When to try again."),
                ],
            }, "Which object the status is about, and every cause."),
            new("code", Schema.Int32, "The HTTP status code."),
        ],
    };

    /// <summary>What may be said with a deletion.</summary>
    public static Schema DeleteOptions { get; } = new()
    {
        Name = Package + "DeleteOptions",
        Type = SchemaType.Object,
        Description = "How an object is to be deleted.",
        Properties =
        [
            .. TypeProperties,
            new("gracePeriodSeconds", Schema.Int64, "Seconds the object may take to terminate gracefully."),
            new("preconditions", new()
            {
                Name = Package + "Preconditions",
                Type = SchemaType.Object,
                Description = "What must hold for a deletion to be carried out.",
                Properties =
                [
                    new("uid", Schema.String, "The UID the object must have."),
                    new("resourceVersion", Schema.String, "The version the object must have."),
                ],
            }, "What must hold for the deletion to be carried out."),
            new("orphanDependents", Schema.Boolean, "Deprecated: use propagationPolicy."),
            new("propagationPolicy", Schema.OneOf("Orphan", "Background", "Foreground"), "What becomes of dependents: Orphan, Background or Foreground."),
            new("dryRun", Schema.Strings, "All: check everything, delete nothing."),
            new("ignoreStoreReadErrorWithClusterBreakingPotential", Schema.Boolean, "Delete an object even though it can't be read."),
        ],
    };

    /// <summary>The body of a PATCH request.</summary>
    public static Schema Patch { get; } = new()
    {
        Name = Package + "Patch",
        Type = SchemaType.Object,
        PreserveUnknownFields = true,
        Description = "A change of an object, in the form that the media type names.",
    };

    /// <summary>One line of a watch.</summary>
    public static Schema WatchEvent { get; } = new()
    {
        Name = Package + "WatchEvent",
        Type = SchemaType.Object,
        Description = "One event of a watch.",
        Required = ["type", "object"],
        Properties =
        [
            new("type", Schema.String, "ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."),
            new("object", new() { Type = SchemaType.Object, PreserveUnknownFields = true }, "The object after the event, or as it was before it was deleted; a Status of an ERROR."),
        ],
    };

    private static SchemaProperty[] TypeProperties =>
    [
        new("apiVersion", Schema.String, "Group and version of the schema this object is written in."),
        new("kind", Schema.String, "Kind of this object, in CamelCase."),
    ];

    /// <summary>The schema of a kind: type, metadata and <paramref name="properties"/>.</summary>
    internal static Schema Kind(string name, string description, IEnumerable<SchemaProperty> properties, params string[] required) => new()
    {
        Name = name,
        Type = SchemaType.Object,
        Description = description,
        Required = required,
        Properties = [.. TypeProperties, new("metadata", ObjectMeta, "Standard metadata of the object."), .. properties],
    };

    /// <summary>The schema of a list of a kind.</summary>
    internal static Schema ListOf(ResourceDefinition definition) => new()
    {
        Name = definition.Schema.Name + "List",
        Type = SchemaType.Object,
        Description = $"A list of {definition.Kind} objects.",
        Required = ["items"],
        Properties =
        [
            .. TypeProperties,
            new("metadata", ListMeta, "Metadata of the list."),
            new("items", new() { Type = SchemaType.Array, Items = definition.Schema }, "The objects, sorted by namespace and name."),
        ],
    };
}
