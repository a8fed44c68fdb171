using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Audit;

/// <summary>Which requests are told how; what is empty matches all.</summary>
/// <remarks>As in Kubernetes' <c>audit.k8s.io/v1</c>, <c>PolicyRule</c>.</remarks>
internal sealed record AuditRule
{
    /// <summary>How much is told.</summary>
    public required AuditLevel Level { get; init; }

    /// <summary>User names.</summary>
    public IReadOnlyList<string> Users { get; init; } = [];

    /// <summary>Groups, of which the user is in one.</summary>
    public IReadOnlyList<string> UserGroups { get; init; } = [];

    /// <summary>Verbs.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];

    /// <summary>Resources.</summary>
    public IReadOnlyList<AuditResources> Resources { get; init; } = [];

    /// <summary>Namespaces; the empty one is that of objects without.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Paths that are no resources, with a <c>*</c> at the end or as a whole.</summary>
    public IReadOnlyList<string> NonResourceUrls { get; init; } = [];

    /// <summary>Stages that are not told, those of the whole policy included.</summary>
    public IReadOnlyList<AuditStage> OmitStages { get; init; } = [];

    /// <summary>Whether bodies are told without their <c>metadata.managedFields</c>.</summary>
    public bool OmitManagedFields { get; init; }

    /// <summary>Whether the rule is about a request.</summary>
    public bool Matches(UserInfo user, RequestInfo request)
    {
        if ((Users.Count > 0 && !Users.Contains(user.Name))
            || (UserGroups.Count > 0 && !UserGroups.Any(user.Groups.Contains))
            || (Verbs.Count > 0 && !Verbs.Contains(request.Verb)))
        {
            return false;
        }

        if (Namespaces.Count > 0 || Resources.Count > 0)
        {
            return request.IsResource
                && (Namespaces.Count == 0 || Namespaces.Contains(request.Namespace))
                && (Resources.Count == 0 || Resources.Any(r => r.Matches(request)));
        }

        return NonResourceUrls.Count == 0 || (!request.IsResource && NonResourceUrls.Any(u => PathMatches(request.Path, u)));
    }

    private static bool PathMatches(string path, string pattern) =>
        pattern == "*" || path == pattern || (pattern.EndsWith('*') && path.StartsWith(pattern.TrimEnd('*'), StringComparison.Ordinal));
}
