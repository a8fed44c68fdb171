using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Audit;

/// <summary>Resources of one group in an <see cref="AuditRule"/>.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resources"><c>loadbalancers</c>, <c>loadbalancers/status</c>, <c>loadbalancers/*</c>, <c>*/status</c> or <c>*</c>; empty for all.</param>
/// <param name="Names">Names of objects; empty for all.</param>
internal sealed record AuditResources(string Group, IReadOnlyList<string> Resources, IReadOnlyList<string> Names)
{
    /// <summary>Whether a request is about one of them.</summary>
    public bool Matches(RequestInfo request) =>
        Group == request.Group
        && (Resources.Count == 0 || (Resources.Any(r => Matches(r, request)) && (Names.Count == 0 || Names.Contains(request.Name))));

    private static bool Matches(string pattern, RequestInfo request)
    {
        if (pattern == "*" || (request.Subresource.Length == 0 && pattern == request.Resource))
        {
            return true;
        }

        int slash = pattern.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return false;
        }

        ReadOnlySpan<char> resource = pattern.AsSpan(0, slash);
        ReadOnlySpan<char> subresource = pattern.AsSpan(slash + 1);
        return resource is "*"
            ? request.Subresource.Length > 0 && subresource.SequenceEqual(request.Subresource)
            : resource.SequenceEqual(request.Resource) && (subresource is "*" || subresource.SequenceEqual(request.Subresource));
    }
}
