using Lodestone.Api.Meta;

namespace Lodestone.Controllers.Collection;

/// <summary>Who owns whom, over all kinds, by UID. Thread safe.</summary>
internal sealed class OwnerGraph
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<Dependent>> _dependents = [];
    private readonly Dictionary<(string Group, string Kind), OwnerKind> _kinds = [];

    /// <summary>Makes a kind known, with ways to look an object up in the cache and in the API and to wake its collector.</summary>
    internal void Register(OwnerKind kind) => _kinds[(kind.Definition.Group, kind.Definition.Kind)] = kind;

    internal OwnerKind? KindOf(OwnerReference reference)
    {
        int slash = reference.ApiVersion.IndexOf('/', StringComparison.Ordinal);
        return _kinds.GetValueOrDefault((slash < 0 ? "" : reference.ApiVersion[..slash], reference.Kind));
    }

    /// <summary>Notes a change of an object, and wakes whom it concerns: itself, what it owns, and owners that wait for it to go.</summary>
    internal void Changed(OwnerKind kind, KubernetesObject? old, KubernetesObject? current)
    {
        KubernetesObject any = (current ?? old)!;
        var self = new Dependent(kind, any.Key);
        List<Dependent> wake = [];
        lock (_lock)
        {
            foreach (OwnerReference owner in old?.Metadata.OwnerReferences ?? [])
            {
                if (_dependents.TryGetValue(owner.Uid, out HashSet<Dependent>? siblings) && siblings.Remove(self) && siblings.Count == 0)
                {
                    _dependents.Remove(owner.Uid);
                }
            }

            foreach (OwnerReference owner in current?.Metadata.OwnerReferences ?? [])
            {
                if (!_dependents.TryGetValue(owner.Uid, out HashSet<Dependent>? siblings))
                {
                    _dependents[owner.Uid] = siblings = [];
                }

                siblings.Add(self);
            }

            if (current is null || current.IsBeingDeleted)
            {
                wake.AddRange(_dependents.GetValueOrDefault(any.Metadata.Uid ?? "") ?? []);
            }
        }

        // An owned object is judged when it comes and when its owners change; what becomes of these wakes it, above.
        bool isNews = current is not null && (current.IsBeingDeleted || (current.Metadata.OwnerReferences is { Count: > 0 } && !HasSameOwners(old, current)));
        Wake(kind, any, isNews, wake);
    }

    /// <summary>Wakes whom an object concerns as it is.</summary>
    internal void Look(OwnerKind kind, KubernetesObject current)
    {
        Dependent[] dependents = [];
        lock (_lock)
        {
            if (current.IsBeingDeleted)
            {
                dependents = [.. _dependents.GetValueOrDefault(current.Metadata.Uid ?? "") ?? []];
            }
        }

        Wake(kind, current, current.IsBeingDeleted || current.Metadata.OwnerReferences is { Count: > 0 }, dependents);
    }

    private void Wake(OwnerKind kind, KubernetesObject any, bool itself, IEnumerable<Dependent> dependents)
    {
        if (itself)
        {
            kind.Wake(any.Key);
        }

        foreach (Dependent dependent in dependents)
        {
            dependent.Kind.Wake(dependent.Key);
        }

        foreach (OwnerReference owner in any.Metadata.OwnerReferences ?? [])
        {
            if (KindOf(owner) is not { } ownerKind)
            {
                continue;
            }

            // Only an owner that is to go looks at what it owns.
            var key = new ObjectKey(ownerKind.Definition.IsNamespaced ? any.Metadata.Namespace ?? "" : "", owner.Name);
            if (ownerKind.Cached(key)?.IsBeingDeleted == true)
            {
                ownerKind.Wake(key);
            }
        }
    }

    private static bool HasSameOwners(KubernetesObject? old, KubernetesObject current) =>
        old is not null
        && old.Metadata.Uid == current.Metadata.Uid
        && (old.Metadata.OwnerReferences ?? []).Select(o => o.Uid).SequenceEqual((current.Metadata.OwnerReferences ?? []).Select(o => o.Uid));

    /// <summary>What an object owns, as far as the caches know.</summary>
    internal List<(OwnerKind Kind, KubernetesObject Value)> DependentsOf(string uid)
    {
        Dependent[] found;
        lock (_lock)
        {
            found = [.. _dependents.GetValueOrDefault(uid) ?? []];
        }

        return [.. found.Select(d => (d.Kind, Value: d.Kind.Cached(d.Key))).Where(d => d.Value is not null).Select(d => (d.Kind, d.Value!))];
    }

    private readonly record struct Dependent(OwnerKind Kind, ObjectKey Key);
}
