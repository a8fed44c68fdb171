using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Rbac;

/// <summary>Schemas of the kinds of <c>rbac.authorization.k8s.io</c>.</summary>
internal static class RbacSchemas
{
    private const string Package = "io.k8s.api.rbac.v1.";

    private static readonly Schema Rules = Schema.ListOf(new()
    {
        Name = Package + "PolicyRule",
        Type = SchemaType.Object,
        Description = "What may be done to which resources, or paths. A star stands for all.",
        Required = ["verbs"],
        Properties =
        [
            new("verbs", Schema.Strings, "Verbs that are allowed: get, list, watch, create, update, patch, delete, deletecollection, or *."),
            new("apiGroups", Schema.Strings, "API groups of the resources; an empty string is the core group, * all groups."),
            new("resources", Schema.Strings, "Resources, and subresources such as loadbalancers/status; * is all of them."),
            new("resourceNames", Schema.Strings, "Names of the objects that are meant; all where none is given."),
            new("nonResourceURLs", Schema.Strings, "Paths that are no resources, in a ClusterRole only. A * may be their last step. A rule is about resources or about paths, not both."),
        ],
    });

    private static readonly Schema Subjects = Schema.ListOf(new()
    {
        Name = Package + "Subject",
        Type = SchemaType.Object,
        Description = "Whom a binding grants its role.",
        MapType = "atomic",
        Required = ["kind", "name"],
        Properties =
        [
            new("kind", Schema.String, "User, Group or ServiceAccount."),
            new("apiGroup", Schema.String, "rbac.authorization.k8s.io for users and groups, empty for service accounts; it may be left out."),
            new("name", Schema.String, "Name of the subject."),
            new("namespace", Schema.String, "Namespace of a service account."),
        ],
    });

    private static readonly Schema RoleRef = new()
    {
        Name = Package + "RoleRef",
        Type = SchemaType.Object,
        Description = "The role that a binding grants.",
        MapType = "atomic",
        Required = ["apiGroup", "kind", "name"],
        Properties =
        [
            new("apiGroup", Schema.String, "rbac.authorization.k8s.io."),
            new("kind", Schema.String, "Role or ClusterRole."),
            new("name", Schema.String, "Name of the role."),
        ],
    };

    public static Schema Role { get; } = MetaSchemas.Kind(
        Package + "Role",
        "A Role says what may be done in its namespace. It counts where a RoleBinding grants it.",
        [new("rules", Rules, "What is allowed. Whatever no rule allows is not.")]);

    public static Schema ClusterRole { get; } = MetaSchemas.Kind(
        Package + "ClusterRole",
        "A ClusterRole says what may be done: everywhere where a ClusterRoleBinding grants it, in one namespace where a RoleBinding does.",
        [
            new("rules", Rules, "What is allowed. Whatever no rule allows is not."),
            new("aggregationRule", new()
            {
                Name = Package + "AggregationRule",
                Type = SchemaType.Object,
                Description = "Which cluster roles make up another.",
                Properties =
                [
                    new("clusterRoleSelectors", Schema.ListOf(MetaSchemas.LabelSelector), "The rules of every ClusterRole that any of these selects are added."),
                ],
            }, "Where it is given, the rules are filled from other cluster roles, and what else is written there is lost."),
        ]);

    public static Schema RoleBinding { get; } = MetaSchemas.Kind(
        Package + "RoleBinding",
        "A RoleBinding grants a Role, or a ClusterRole, in its namespace.",
        [
            new("subjects", Subjects, "Whom the role is granted."),
            new("roleRef", RoleRef, "The Role of the same namespace, or the ClusterRole, that is granted. It can't be changed."),
        ],
        "roleRef");

    public static Schema ClusterRoleBinding { get; } = MetaSchemas.Kind(
        Package + "ClusterRoleBinding",
        "A ClusterRoleBinding grants a ClusterRole at the cluster scope and in all namespaces.",
        [
            new("subjects", Subjects, "Whom the role is granted."),
            new("roleRef", RoleRef, "The ClusterRole that is granted. It can't be changed."),
        ],
        "roleRef");
}
