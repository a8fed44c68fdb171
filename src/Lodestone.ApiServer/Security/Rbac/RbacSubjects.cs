using System.Collections.Concurrent;
using Lodestone.ApiServer.Endpoints;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>Grants by subject, of the cluster or of one namespace. Read by any number of threads while one changes it.</summary>
internal sealed class RbacSubjects
{
    private readonly ConcurrentDictionary<string, RbacGrant[]> _users = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RbacGrant[]> _groups = new(StringComparer.Ordinal);

    /// <summary>Nobody is granted anything here.</summary>
    public bool IsEmpty => _users.IsEmpty && _groups.IsEmpty;

    /// <summary>Adds a grant. For one thread at a time.</summary>
    public void Add(bool isGroup, string name, RbacGrant grant) =>
        (isGroup ? _groups : _users).AddOrUpdate(name, static (_, g) => [g], static (_, present, g) => [.. present, g], grant);

    /// <summary>Takes a grant away. For one thread at a time.</summary>
    public void Remove(bool isGroup, string name, RbacGrant grant)
    {
        ConcurrentDictionary<string, RbacGrant[]> table = isGroup ? _groups : _users;
        if (!table.TryGetValue(name, out RbacGrant[]? present))
        {
            return;
        }

        RbacGrant[] left = [.. present.Where(g => !ReferenceEquals(g, grant))];
        if (left.Length == 0)
        {
            table.TryRemove(name, out _);
        }
        else
        {
            table[name] = left;
        }
    }

    /// <summary>The grant that allows a request, or null.</summary>
    /// <param name="user">Who.</param>
    /// <param name="request">What.</param>
    /// <param name="missing">Receives the roles that are granted but don't exist; made when there is one.</param>
    public RbacGrant? Find(UserInfo user, RequestInfo request, ref HashSet<string>? missing)
    {
        if (_users.TryGetValue(user.Name, out RbacGrant[]? grants) && Find(grants, request, ref missing) is { } granted)
        {
            return granted;
        }

        for (int i = 0; i < user.Groups.Count; i++)
        {
            if (_groups.TryGetValue(user.Groups[i], out grants) && Find(grants, request, ref missing) is { } byGroup)
            {
                return byGroup;
            }
        }

        return null;
    }

    /// <summary>Everything a user is granted here.</summary>
    public IEnumerable<RbacGrant> Of(UserInfo user) =>
        _users.GetValueOrDefault(user.Name, []).Concat(user.Groups.SelectMany(g => _groups.GetValueOrDefault(g, [])));

    private static RbacGrant? Find(RbacGrant[] grants, RequestInfo request, ref HashSet<string>? missing)
    {
        foreach (RbacGrant grant in grants)
        {
            IReadOnlyList<Api.Rbac.PolicyRule> rules = grant.Role.Rules;
            for (int i = 0; i < rules.Count; i++)
            {
                if (rules[i].Allows(request))
                {
                    return grant;
                }
            }

            if (!grant.Role.Exists)
            {
                (missing ??= []).Add($"{grant.Role.Description} not found");
            }
        }

        return null;
    }
}
