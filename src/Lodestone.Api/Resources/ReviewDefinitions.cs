using System.Text.Json.Serialization.Metadata;
using Lodestone.Api.Authentication;
using Lodestone.Api.Authorization;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Resources;

/// <summary>Kinds that are asked and answered in one request, and never stored.</summary>
public static class ReviewDefinitions
{
    /// <summary>Who is who.</summary>
    public const string AuthenticationGroup = "authentication.k8s.io";

    /// <summary>Who may do what.</summary>
    public const string AuthorizationGroup = "authorization.k8s.io";

    /// <summary><c>selfsubjectreviews</c>.</summary>
    public static ResourceDefinition SelfSubjectReview { get; } =
        Review(AuthenticationGroup, ApiJsonContext.Default.SelfSubjectReview, AuthenticationSchemas.SelfSubjectReview);

    /// <summary><c>tokenreviews</c>.</summary>
    public static ResourceDefinition TokenReview { get; } =
        Review(AuthenticationGroup, ApiJsonContext.Default.TokenReview, AuthenticationSchemas.TokenReview);

    /// <summary><c>selfsubjectaccessreviews</c>.</summary>
    public static ResourceDefinition SelfSubjectAccessReview { get; } =
        Review(AuthorizationGroup, ApiJsonContext.Default.SelfSubjectAccessReview, AuthorizationSchemas.SelfSubjectAccessReview);

    /// <summary><c>selfsubjectrulesreviews</c>.</summary>
    public static ResourceDefinition SelfSubjectRulesReview { get; } =
        Review(AuthorizationGroup, ApiJsonContext.Default.SelfSubjectRulesReview, AuthorizationSchemas.SelfSubjectRulesReview);

    /// <summary><c>subjectaccessreviews</c>.</summary>
    public static ResourceDefinition SubjectAccessReview { get; } =
        Review(AuthorizationGroup, ApiJsonContext.Default.SubjectAccessReview, AuthorizationSchemas.SubjectAccessReview);

    /// <summary><c>localsubjectaccessreviews</c>.</summary>
    public static ResourceDefinition LocalSubjectAccessReview { get; } =
        Review(AuthorizationGroup, ApiJsonContext.Default.LocalSubjectAccessReview, AuthorizationSchemas.LocalSubjectAccessReview, isNamespaced: true);

    /// <summary>What <c>serviceaccounts/token</c> reads and answers; no resource of its own.</summary>
    public static ResourceDefinition TokenRequest { get; } =
        Review(AuthenticationGroup, ApiJsonContext.Default.TokenRequest, AuthenticationSchemas.TokenRequest, isNamespaced: true);

    /// <summary>Those that are resources.</summary>
    public static IReadOnlyList<ResourceDefinition> All { get; } =
        [SelfSubjectReview, TokenReview, LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview];

    private static ResourceDefinition Review<T>(string group, JsonTypeInfo<T> typeInfo, Schema schema, bool isNamespaced = false)
        where T : KubernetesObject => new()
        {
            Group = group,
            Version = "v1",
            Kind = typeof(T).Name,
            Plural = typeof(T).Name.ToLowerInvariant() + "s",
            Singular = typeof(T).Name.ToLowerInvariant(),
            IsNamespaced = isNamespaced,
            Verbs = ["create"],
            TypeInfo = typeInfo,
            Schema = schema,
            Columns = [PrinterColumn.ObjectName, PrinterColumn.CreatedAt],
            Strategy = new ReviewStrategy<T>(),
        };
}
