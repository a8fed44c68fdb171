using System.Collections.Concurrent;
using Lodestone.Api.Meta;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Security.Rbac;

/// <summary>Who is granted what: roles and bindings of the store, by subject.</summary>
/// <remarks>
/// Every question first takes in what was written since the last one, so a permission counts from the answer to the write on. That
/// costs two reads of a number while nothing is written, and a look at four cursors otherwise. Questions themselves take no lock.
/// </remarks>
internal sealed class RbacIndex
{
    private static readonly ResourceDefinition[] Kinds =
        [ResourceDefinitions.ClusterRole, ResourceDefinitions.Role, ResourceDefinitions.ClusterRoleBinding, ResourceDefinitions.RoleBinding];

    private static readonly ObjectCodec[] Codecs = [.. Kinds.Select(k => new ObjectCodec(k))];

    private readonly Lock _gate = new();
    private readonly IObjectStore _store;
    private readonly StoreFeed _feed;
    private readonly Action<int, StoreSnapshot> _restart;
    private readonly Action<int, StoreEvent> _observe;
    private readonly Dictionary<(string Namespace, string Name), RbacRole> _roles = [];
    private readonly Dictionary<(string Namespace, string Name), RbacBinding> _bindings = [];
    private readonly RbacSubjects _cluster = new();
    private readonly ConcurrentDictionary<string, RbacSubjects> _namespaces = new(StringComparer.Ordinal);
    private bool _clusterRolesChanged;
    private long _covered = -1;

    /// <summary>An index of a store; filled by the first question.</summary>
    public RbacIndex(IObjectStore store)
    {
        _store = store;
        _feed = new StoreFeed(store, [.. Kinds.Select(k => k.QualifiedName)]);
        _restart = Restart;
        _observe = Observe;
    }

    /// <summary>Whether a user may do something, and by which binding.</summary>
    public AuthorizationDecision Authorize(UserInfo user, RequestInfo request)
    {
        Refresh();
        HashSet<string>? missing = null;
        if (_cluster.Find(user, request, ref missing) is { } grant)
        {
            return grant.Allowed;
        }

        if (request.Namespace.Length > 0
            && _namespaces.TryGetValue(request.Namespace, out RbacSubjects? subjects)
            && subjects.Find(user, request, ref missing) is { } local)
        {
            return local.Allowed;
        }

        return missing is null ? AuthorizationDecision.NoOpinion : new AuthorizationDecision(false, $"RBAC: {Aggregate(missing)}");
    }

    /// <summary>Everything a user may do at the cluster scope and in one namespace, and what was wrong on the way.</summary>
    /// <param name="user">Who.</param>
    /// <param name="ns">A namespace, or empty.</param>
    public (List<PolicyRule> Rules, string Error) RulesFor(UserInfo user, string ns)
    {
        Refresh();
        IEnumerable<RbacGrant> grants = _cluster.Of(user);
        if (ns.Length > 0 && _namespaces.TryGetValue(ns, out RbacSubjects? subjects))
        {
            grants = grants.Concat(subjects.Of(user));
        }

        var rules = new List<PolicyRule>();
        var missing = new HashSet<string>();
        foreach (RbacGrant grant in grants)
        {
            rules.AddRange(grant.Role.Rules);
            if (!grant.Role.Exists)
            {
                missing.Add($"{grant.Role.Description} not found");
            }
        }

        return (rules, missing.Count == 0 ? "" : Aggregate(missing));
    }

    /// <summary>What a role allows; null when there is no such role.</summary>
    /// <param name="ns">Namespace of a role, empty for a cluster role.</param>
    /// <param name="name">Its name.</param>
    public IReadOnlyList<PolicyRule>? RulesOf(string ns, string name)
    {
        Refresh();
        lock (_gate)
        {
            return _roles.TryGetValue((ns, name), out RbacRole? role) && role.Exists ? role.Rules : null;
        }
    }

    /// <summary>What cluster roles that are made up of others allow now, by name.</summary>
    public List<(string Name, IReadOnlyList<PolicyRule> Rules)> Aggregates()
    {
        Refresh();
        lock (_gate)
        {
            return [.. _roles.Where(r => r.Value is { Exists: true, Selectors: not null }).Select(r => (r.Key.Name, r.Value.Rules))];
        }
    }

    /// <summary>How a role that isn't there is named.</summary>
    public static string Describe(string ns, string name) =>
        $"{(ns.Length == 0 ? "clusterrole" : "role")}.{ResourceDefinitions.RbacGroup} \"{name}\"";

    private static string Aggregate(HashSet<string> errors) => errors.Count == 1 ? errors.First() : $"[{string.Join(", ", errors)}]";

    private void Refresh()
    {
        if (_store.ResourceVersion == Volatile.Read(ref _covered))
        {
            return;
        }

        lock (_gate)
        {
            _feed.Read(_restart, _observe);
            if (_clusterRolesChanged)
            {
                _clusterRolesChanged = false;
                AggregateLocked();
            }

            Volatile.Write(ref _covered, _feed.Covered);
        }
    }

    private void Restart(int kind, StoreSnapshot snapshot)
    {
        bool isRole = Kinds[kind].Kind.EndsWith("Role", StringComparison.Ordinal);
        bool isCluster = !Kinds[kind].IsNamespaced;
        if (isRole)
        {
            foreach ((string ns, string name) in _roles.Keys.Where(k => k.Namespace.Length == 0 == isCluster && snapshot.Objects.Find(Key(k)) is null).ToArray())
            {
                SetRole(ns, name, null);
            }
        }
        else
        {
            foreach ((string ns, string name) in _bindings.Keys.Where(k => k.Namespace.Length == 0 == isCluster && snapshot.Objects.Find(Key(k)) is null).ToArray())
            {
                SetBinding(ns, name, null, null);
            }
        }

        foreach (StoredObject item in snapshot.Objects)
        {
            Take(kind, item, isGone: false);
        }
    }

    private void Observe(int kind, StoreEvent item) => Take(kind, item.Object, item.Kind == StoreEventKind.Deleted);

    private void Take(int kind, StoredObject item, bool isGone)
    {
        (string ns, string name) = (item.Summary.Namespace, item.Summary.Name);
        KubernetesObject? value = isGone ? null : Codecs[kind].Decode(item);
        switch (Kinds[kind].Kind)
        {
            case "ClusterRole" or "Role":
                SetRole(ns, name, value);
                break;
            case "ClusterRoleBinding":
                var clusterBinding = (ClusterRoleBinding?)value;
                SetBinding("", name, clusterBinding?.RoleRef, clusterBinding?.Subjects);
                break;
            default:
                var binding = (RoleBinding?)value;
                SetBinding(ns, name, binding?.RoleRef, binding?.Subjects);
                break;
        }
    }

    private void SetRole(string ns, string name, KubernetesObject? value)
    {
        RbacRole role = RoleAt(ns, name);
        role.Exists = value is not null;
        role.Labels = value?.Metadata.Labels;
        role.Selectors = (value as ClusterRole)?.AggregationRule?.ClusterRoleSelectors;
        role.Rules = value switch
        {
            ClusterRole clusterRole => clusterRole.Rules ?? [],
            Role local => local.Rules ?? [],
            _ => [],
        };
        _clusterRolesChanged |= ns.Length == 0;
        DropUnused((ns, name), role);
    }

    private void SetBinding(string ns, string name, RoleRef? reference, List<Subject>? subjects)
    {
        RbacBinding? next = reference is null ? null : Build(ns, name, reference, subjects ?? []);
        _bindings.Remove((ns, name), out RbacBinding? previous);
        if (next is not null)
        {
            _bindings[(ns, name)] = next;
            RbacSubjects table = ns.Length == 0 ? _cluster : _namespaces.GetOrAdd(ns, static _ => new RbacSubjects());
            foreach ((bool isGroup, string subject, RbacGrant grant) in next.Grants)
            {
                table.Add(isGroup, subject, grant);
            }
        }

        if (previous is null)
        {
            return;
        }

        RbacSubjects held = ns.Length == 0 ? _cluster : _namespaces.GetOrAdd(ns, static _ => new RbacSubjects());
        foreach ((bool isGroup, string subject, RbacGrant grant) in previous.Grants)
        {
            held.Remove(isGroup, subject, grant);
        }

        if (ns.Length > 0 && held.IsEmpty)
        {
            _namespaces.TryRemove(ns, out _);
        }

        previous.Role.References--;
        DropUnused(previous.RoleKey, previous.Role);
    }

    private RbacBinding Build(string ns, string name, RoleRef reference, List<Subject> subjects)
    {
        (string Namespace, string Name) key = (reference.Kind == "ClusterRole" ? "" : ns, reference.Name);
        RbacRole role = RoleAt(key.Namespace, key.Name);
        role.References++;
        string binding = ns.Length == 0 ? $"ClusterRoleBinding \"{name}\"" : $"RoleBinding \"{name}/{ns}\"";
        var grants = new List<(bool, string, RbacGrant)>(subjects.Count);
        foreach (Subject subject in subjects)
        {
            bool isAccount = subject.Kind == "ServiceAccount";
            string home = string.IsNullOrEmpty(subject.Namespace) ? ns : subject.Namespace;
            string described = isAccount ? $"{subject.Name}/{home}" : subject.Name;
            var allowed = new AuthorizationDecision(
                true, $"RBAC: allowed by {binding} of {reference.Kind} \"{reference.Name}\" to {subject.Kind} \"{described}\"");
            grants.Add((subject.Kind == "Group", isAccount ? UserInfo.ServiceAccountName(home, subject.Name) : subject.Name, new RbacGrant(role, allowed)));
        }

        return new RbacBinding(key, role, grants);
    }

    private RbacRole RoleAt(string ns, string name)
    {
        if (!_roles.TryGetValue((ns, name), out RbacRole? role))
        {
            role = new RbacRole(Describe(ns, name));
            _roles[(ns, name)] = role;
        }

        return role;
    }

    private void DropUnused((string Namespace, string Name) key, RbacRole role)
    {
        if (!role.Exists && role.References == 0)
        {
            _roles.Remove(key);
        }
    }

    /// <summary>Gives every cluster role that is made up of others their rules. One that is part of itself over others gets what is there.</summary>
    private void AggregateLocked()
    {
        (string Name, RbacRole Role)[] all =
            [.. _roles.Where(r => r.Key.Namespace.Length == 0 && r.Value.Exists).Select(r => (r.Key.Name, r.Value)).OrderBy(r => r.Name, StringComparer.Ordinal)];
        foreach ((_, RbacRole role) in all)
        {
            if (role.Selectors is not null)
            {
                var rules = new List<PolicyRule>();
                Collect(role, all, rules, [role]);
                role.Rules = rules;
            }
        }
    }

    private static void Collect(RbacRole role, (string Name, RbacRole Role)[] all, List<PolicyRule> rules, HashSet<RbacRole> seen)
    {
        foreach (LabelSelector selector in role.Selectors!)
        {
            foreach ((_, RbacRole part) in all)
            {
                if (!selector.Matches(part.Labels) || !seen.Add(part))
                {
                    continue;
                }

                if (part.Selectors is not null)
                {
                    Collect(part, all, rules, seen);
                    continue;
                }

                rules.AddRange(part.Rules.Where(r => !rules.Exists(present => PolicyRules.AreEqual(present, r))));
            }
        }
    }

    private static string Key((string Namespace, string Name) key) => key.Namespace.Length == 0 ? key.Name : $"{key.Namespace}/{key.Name}";
}
