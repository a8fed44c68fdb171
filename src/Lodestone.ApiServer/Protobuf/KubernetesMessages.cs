namespace Lodestone.ApiServer.Protobuf;

/// <summary>The messages of Kubernetes' own kinds, with the field numbers its clients use.</summary>
/// <remarks>
/// The numbers are those of the generated.proto files of k8s.io/api and k8s.io/apimachinery, 0.33. Left out are the statuses of
/// reviews: they are the server's answer, whatever a request says.
/// </remarks>
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

    private static readonly ProtobufField[] ManagedFieldsEntry =
    [
        Text(1, "manager"),
        Text(2, "operation"),
        Text(3, "apiVersion"),
        Time(4, "time"),
        Text(6, "fieldsType"),
        new(7, "fieldsV1", ProtobufType.Json),
        Text(8, "subresource"),
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
        Messages(17, "managedFields", ManagedFieldsEntry),
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

    private static readonly ProtobufField[] EventSource = [Text(1, "component"), Text(2, "host")];

    private static readonly ProtobufField[] EventSeries = [new(1, "count", ProtobufType.Int32), MicroTime(2, "lastObservedTime")];

    private static readonly ProtobufField[] Event =
    [
        Message(1, "metadata", ObjectMeta),
        Message(2, "involvedObject", ObjectReference),
        Text(3, "reason"),
        Text(4, "message"),
        Message(5, "source", EventSource),
        Time(6, "firstTimestamp"),
        Time(7, "lastTimestamp"),
        new(8, "count", ProtobufType.Int32),
        Text(9, "type"),
        MicroTime(10, "eventTime"),
        Message(11, "series", EventSeries),
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

    private static readonly ProtobufField[] CertificateSigningRequest =
    [
        Message(1, "metadata", ObjectMeta),
        Message(2, "spec",
        [
            Bytes(1, "request"),
            Text(2, "username"),
            Text(3, "uid"),
            Texts(4, "groups"),
            Texts(5, "usages"),
            new(6, "extra", ProtobufType.TextsMap),
            Text(7, "signerName"),
            new(8, "expirationSeconds", ProtobufType.Int32) { HasPresence = true },
        ]),
        Message(3, "status",
        [
            Messages(1, "conditions",
            [
                Always(1, "type"),
                Text(2, "reason"),
                Text(3, "message"),
                Time(4, "lastUpdateTime"),
                Time(5, "lastTransitionTime"),
                Always(6, "status"),
            ]),
            Bytes(2, "certificate"),
        ]),
    ];

    private static readonly ProtobufField[] ConfigMap =
    [
        Message(1, "metadata", ObjectMeta),
        new(2, "data", ProtobufType.Map),
        new(3, "binaryData", ProtobufType.BytesMap),
        Boolean(4, "immutable"),
    ];

    private static readonly ProtobufField[] Secret =
    [
        Message(1, "metadata", ObjectMeta),
        new(2, "data", ProtobufType.BytesMap),
        Text(3, "type"),
        new(4, "stringData", ProtobufType.Map),
        Boolean(5, "immutable"),
    ];

    private static readonly ProtobufField[] ServiceAccount =
    [
        Message(1, "metadata", ObjectMeta),
        Messages(2, "secrets", ObjectReference),
        Messages(3, "imagePullSecrets", [Text(1, "name")]),
        Boolean(4, "automountServiceAccountToken"),
    ];

    private static readonly ProtobufField[] SelectorRequirement = [Text(1, "key"), Text(2, "operator"), Texts(3, "values")];

    private static readonly ProtobufField[] LabelSelector =
    [
        new(1, "matchLabels", ProtobufType.Map),
        Messages(2, "matchExpressions", SelectorRequirement),
    ];

    private static readonly ProtobufField[] PolicyRule =
    [
        Texts(1, "verbs"),
        Texts(2, "apiGroups"),
        Texts(3, "resources"),
        Texts(4, "resourceNames"),
        Texts(5, "nonResourceURLs"),
    ];

    private static readonly ProtobufField[] Role = [Message(1, "metadata", ObjectMeta), Messages(2, "rules", PolicyRule)];

    private static readonly ProtobufField[] ClusterRole =
        [.. Role, Message(3, "aggregationRule", [Messages(1, "clusterRoleSelectors", LabelSelector)])];

    private static readonly ProtobufField[] RoleBinding =
    [
        Message(1, "metadata", ObjectMeta),
        Messages(2, "subjects", [Text(1, "kind"), Text(2, "apiGroup"), Text(3, "name"), Text(4, "namespace")]),
        Message(3, "roleRef", [Text(1, "apiGroup"), Text(2, "kind"), Text(3, "name")]),
    ];

    private static readonly ProtobufField[] EventsEvent =
    [
        Message(1, "metadata", ObjectMeta),
        MicroTime(2, "eventTime"),
        Message(3, "series", EventSeries),
        Text(4, "reportingController"),
        Text(5, "reportingInstance"),
        Text(6, "action"),
        Text(7, "reason"),
        Message(8, "regarding", ObjectReference),
        Message(9, "related", ObjectReference),
        Text(10, "note"),
        Text(11, "type"),
        Message(12, "deprecatedSource", EventSource),
        Time(13, "deprecatedFirstTimestamp"),
        Time(14, "deprecatedLastTimestamp"),
        new(15, "deprecatedCount", ProtobufType.Int32),
    ];

    private static readonly ProtobufField[] ResourceAttributes =
    [
        Text(1, "namespace"),
        Text(2, "verb"),
        Text(3, "group"),
        Text(4, "version"),
        Text(5, "resource"),
        Text(6, "subresource"),
        Text(7, "name"),
        Message(8, "fieldSelector", [Text(1, "rawSelector"), Messages(2, "requirements", SelectorRequirement)]),
        Message(9, "labelSelector", [Text(1, "rawSelector"), Messages(2, "requirements", SelectorRequirement)]),
    ];

    private static readonly ProtobufField[] SelfSubjectAccessReviewSpec =
    [
        Message(1, "resourceAttributes", ResourceAttributes),
        Message(2, "nonResourceAttributes", [Text(1, "path"), Text(2, "verb")]),
    ];

    private static readonly ProtobufField[] SubjectAccessReview = Review(
    [
        .. SelfSubjectAccessReviewSpec,
        Text(3, "user"),
        Texts(4, "groups"),
        new(5, "extra", ProtobufType.TextsMap),
        Text(6, "uid"),
    ]);

    private static readonly ProtobufField[] TokenRequest = Review(
    [
        Texts(1, "audiences"),
        Message(3, "boundObjectRef", [Text(1, "kind"), Text(2, "apiVersion"), Text(3, "name"), Text(4, "uid")]),
        new(4, "expirationSeconds", ProtobufType.Int64) { HasPresence = true },
    ]);

    private static readonly Dictionary<(string ApiVersion, string Kind), ProtobufField[]> Kinds = new()
    {
        [("v1", "Namespace")] = Namespace,
        [("v1", "Event")] = Event,
        [("v1", "ConfigMap")] = ConfigMap,
        [("v1", "Secret")] = Secret,
        [("v1", "ServiceAccount")] = ServiceAccount,
        [("coordination.k8s.io/v1", "Lease")] = Lease,
        [("certificates.k8s.io/v1", "CertificateSigningRequest")] = CertificateSigningRequest,
        [("events.k8s.io/v1", "Event")] = EventsEvent,
        [("rbac.authorization.k8s.io/v1", "Role")] = Role,
        [("rbac.authorization.k8s.io/v1", "ClusterRole")] = ClusterRole,
        [("rbac.authorization.k8s.io/v1", "RoleBinding")] = RoleBinding,
        [("rbac.authorization.k8s.io/v1", "ClusterRoleBinding")] = RoleBinding,
        [("authorization.k8s.io/v1", "SelfSubjectAccessReview")] = Review(SelfSubjectAccessReviewSpec),
        [("authorization.k8s.io/v1", "SelfSubjectRulesReview")] = Review([Text(1, "namespace")]),
        [("authorization.k8s.io/v1", "SubjectAccessReview")] = SubjectAccessReview,
        [("authorization.k8s.io/v1", "LocalSubjectAccessReview")] = SubjectAccessReview,
        [("authentication.k8s.io/v1", "SelfSubjectReview")] = [Message(1, "metadata", ObjectMeta)],
        [("authentication.k8s.io/v1", "TokenReview")] = Review([Text(1, "token"), Texts(2, "audiences")]),
        [("authentication.k8s.io/v1", "TokenRequest")] = TokenRequest,
    };

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
    public static ProtobufField[]? Find(string apiVersion, string kind) => Kinds.GetValueOrDefault((apiVersion, kind));

    private static ProtobufField[] Review(ProtobufField[] spec) => [Message(1, "metadata", ObjectMeta), Message(2, "spec", spec)];

    private static ProtobufField Text(int number, string name) => new(number, name, ProtobufType.Text);

    private static ProtobufField Texts(int number, string name) => new(number, name, ProtobufType.Text) { IsRepeated = true };

    private static ProtobufField Bytes(int number, string name) => new(number, name, ProtobufType.Bytes);

    private static ProtobufField Always(int number, string name) => new(number, name, ProtobufType.Text) { HasPresence = true };

    private static ProtobufField Boolean(int number, string name) => new(number, name, ProtobufType.Boolean) { HasPresence = true };

    private static ProtobufField Time(int number, string name) => new(number, name, ProtobufType.Time);

    private static ProtobufField MicroTime(int number, string name) => new(number, name, ProtobufType.MicroTime);

    private static ProtobufField Message(int number, string name, ProtobufField[] fields) =>
        new(number, name, ProtobufType.Message) { Message = fields };

    private static ProtobufField Messages(int number, string name, ProtobufField[] fields) =>
        new(number, name, ProtobufType.Message) { Message = fields, IsRepeated = true };
}
