using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Authorization;

/// <summary>Schemas of the kinds of <c>authorization.k8s.io</c>.</summary>
internal static class AuthorizationSchemas
{
    private const string Package = "io.k8s.api.authorization.v1.";

    private static readonly Schema FieldSelectorRequirement = new()
    {
        Name = "io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement",
        Type = SchemaType.Object,
        Description = "One requirement on one field.",
        Required = ["key", "operator"],
        Properties =
        [
            new("key", Schema.String, "The field."),
            new("operator", Schema.String, "How the field relates to the values: In, NotIn, Exists or DoesNotExist."),
            new("values", Schema.Strings, "Values for In and NotIn; empty for the others."),
        ],
    };

    private static readonly Schema ResourceAttributes = new()
    {
        Name = Package + "ResourceAttributes",
        Type = SchemaType.Object,
        Description = "A request about a resource.",
        Properties =
        [
            new("namespace", Schema.String, "Namespace of the request; empty: the cluster scope, or all namespaces."),
            new("verb", Schema.String, "Verb: get, list, watch, create, update, patch, delete, deletecollection, or * for all."),
            new("group", Schema.String, "API group of the resource; * for all."),
            new("version", Schema.String, "API version of the resource; * for all."),
            new("resource", Schema.String, "The resource; * for all."),
            new("subresource", Schema.String, "The subresource; empty for the resource itself."),
            new("name", Schema.String, "Name of the object; empty for all."),
            new("fieldSelector", Selector("FieldSelectorAttributes", FieldSelectorRequirement), "Which fields the request selects by. The answer does not depend on it."),
            new("labelSelector", Selector("LabelSelectorAttributes", MetaSchemas.LabelSelectorRequirement), "Which labels the request selects by. The answer does not depend on it."),
        ],
    };

    private static readonly Schema NonResourceAttributes = new()
    {
        Name = Package + "NonResourceAttributes",
        Type = SchemaType.Object,
        Description = "A request about a path that is no resource.",
        Properties =
        [
            new("path", Schema.String, "The path."),
            new("verb", Schema.String, "The method in lower case."),
        ],
    };

    private static readonly SchemaProperty Request = new("resourceAttributes", ResourceAttributes, "A request about a resource.");

    private static readonly SchemaProperty PathRequest = new("nonResourceAttributes", NonResourceAttributes, "Or a request about a path that is no resource.");

    private static readonly Schema SubjectAccessReviewSpec = new()
    {
        Name = Package + "SubjectAccessReviewSpec",
        Type = SchemaType.Object,
        Description = "Who wants to do what. Either resourceAttributes or nonResourceAttributes is given.",
        Properties =
        [
            Request,
            PathRequest,
            new("user", Schema.String, "Name of the user. Without groups it must be given."),
            new("groups", Schema.Strings, "Groups of the user."),
            new("extra", new() { Type = SchemaType.Object, AdditionalProperties = Schema.Strings }, "What else the user's credentials say."),
            new("uid", Schema.String, "UID of the user."),
        ],
    };

    private static readonly SchemaProperty Status = new(
        "status",
        new()
        {
            Name = Package + "SubjectAccessReviewStatus",
            Type = SchemaType.Object,
            Description = "Whether it is allowed.",
            Required = ["allowed"],
            Properties =
            [
                new("allowed", Schema.Boolean, "Whether it is allowed."),
                new("denied", Schema.Boolean, "Whether it is refused whatever else may allow it."),
                new("reason", Schema.String, "Why."),
                new("evaluationError", Schema.String, "What went wrong on the way; the answer may be right all the same."),
            ],
        },
        "The answer, set by the server.");

    public static Schema SelfSubjectAccessReview { get; } = MetaSchemas.Kind(
        Package + "SelfSubjectAccessReview",
        "A SelfSubjectAccessReview tells whether the client may do something. It is created and not stored.",
        [
            new("spec", new()
            {
                Name = Package + "SelfSubjectAccessReviewSpec",
                Type = SchemaType.Object,
                Description = "What the client wants to do. Either resourceAttributes or nonResourceAttributes is given.",
                Properties = [Request, PathRequest],
            }, "The question."),
            Status,
        ],
        "spec");

    public static Schema SubjectAccessReview { get; } = MetaSchemas.Kind(
        Package + "SubjectAccessReview",
        "A SubjectAccessReview tells whether a user may do something. It is created and not stored.",
        [new("spec", SubjectAccessReviewSpec, "The question."), Status],
        "spec");

    public static Schema LocalSubjectAccessReview { get; } = MetaSchemas.Kind(
        Package + "LocalSubjectAccessReview",
        "A LocalSubjectAccessReview tells whether a user may do something in its namespace. It is created and not stored.",
        [new("spec", SubjectAccessReviewSpec, "The question, about the namespace of the review."), Status],
        "spec");

    public static Schema SelfSubjectRulesReview { get; } = MetaSchemas.Kind(
        Package + "SelfSubjectRulesReview",
        "A SelfSubjectRulesReview tells what the client may do in a namespace. It is created and not stored.",
        [
            new("spec", new()
            {
                Name = Package + "SelfSubjectRulesReviewSpec",
                Type = SchemaType.Object,
                Description = "Which namespace.",
                Properties = [new("namespace", Schema.String, "The namespace. It must be given.")],
            }, "The question."),
            new("status", new()
            {
                Name = Package + "SubjectRulesReviewStatus",
                Type = SchemaType.Object,
                Description = "What the client may do.",
                Required = ["resourceRules", "nonResourceRules", "incomplete"],
                Properties =
                [
                    new("resourceRules", Schema.ListOf(new()
                    {
                        Name = Package + "ResourceRule",
                        Type = SchemaType.Object,
                        Description = "What may be done to which resources. The order means nothing.",
                        Required = ["verbs"],
                        Properties =
                        [
                            new("verbs", Schema.Strings, "Verbs; * is all."),
                            new("apiGroups", Schema.Strings, "API groups; * is all."),
                            new("resources", Schema.Strings, "Resources and subresources; * is all."),
                            new("resourceNames", Schema.Strings, "Names of objects; all where none is given."),
                        ],
                    }), "What may be done to resources."),
                    new("nonResourceRules", Schema.ListOf(new()
                    {
                        Name = Package + "NonResourceRule",
                        Type = SchemaType.Object,
                        Description = "What may be done to which paths.",
                        Required = ["verbs"],
                        Properties =
                        [
                            new("verbs", Schema.Strings, "Methods in lower case; * is all."),
                            new("nonResourceURLs", Schema.Strings, "Paths. A * may be the last step."),
                        ],
                    }), "What may be done to paths."),
                    new("incomplete", Schema.Boolean, "Whether there may be more than is listed."),
                    new("evaluationError", Schema.String, "What went wrong on the way."),
                ],
            }, "The answer, set by the server."),
        ],
        "spec");

    private static Schema Selector(string name, Schema requirement) => new()
    {
        Name = Package + name,
        Type = SchemaType.Object,
        Description = "A selector of a request.",
        Properties =
        [
            new("rawSelector", Schema.String, "As it stands in the query."),
            new("requirements", Schema.ListOf(requirement), "As it was read."),
        ],
    };
}
