using Lodestone.Api.Rbac;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>Whether a rule allows a request (Kubernetes' <c>RuleAllows</c>). Allocates nothing.</summary>
internal static class PolicyRuleMatching
{
    private const string All = "*";

    /// <summary>Whether the rule allows it.</summary>
    public static bool Allows(this PolicyRule rule, RequestInfo request)
    {
        if (!HasOrAll(rule.Verbs, request.Verb))
        {
            return false;
        }

        return request.IsResource
            ? HasOrAll(rule.ApiGroups, request.Group) && HasResource(rule.Resources, request.Resource, request.Subresource) && HasName(rule.ResourceNames, request.Name)
            : HasPath(rule.NonResourceURLs, request.Path);
    }

    /// <summary>Whether a path is what a rule's <c>nonResourceURLs</c> says: the same, or beginning with what stands before a star.</summary>
    public static bool IsPath(string pattern, string path) =>
        pattern == All
        || pattern == path
        || (pattern.EndsWith('*') && path.AsSpan().StartsWith(pattern.AsSpan().TrimEnd('*'), StringComparison.Ordinal));

    private static bool HasOrAll(List<string>? values, string wanted)
    {
        foreach (string value in values ?? [])
        {
            if (value == All || value == wanted)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>*</c> is everything with all subresources, <c>a</c> the resource alone, <c>a/b</c> and <c>*/b</c> subresources.</summary>
    private static bool HasResource(List<string>? values, string resource, string subresource)
    {
        foreach (string value in values ?? [])
        {
            if (value == All)
            {
                return true;
            }

            if (subresource.Length == 0)
            {
                if (value == resource)
                {
                    return true;
                }

                continue;
            }

            int slash = value.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0
                && value.AsSpan(slash + 1).SequenceEqual(subresource)
                && (value.AsSpan(0, slash).SequenceEqual(resource) || value.AsSpan(0, slash).SequenceEqual(All)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasName(List<string>? names, string name) => names is not { Count: > 0 } || names.Contains(name);

    private static bool HasPath(List<string>? patterns, string path)
    {
        foreach (string pattern in patterns ?? [])
        {
            if (IsPath(pattern, path))
            {
                return true;
            }
        }

        return false;
    }
}
