using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.GarbageCollection;

/// <summary>Decides what is to be done about one object, from what is now; writes nothing.</summary>
/// <remarks>
/// The rules are those of Kubernetes' garbage collector. An owner is its uid: a reference is absent when there is no
/// object of that uid where the reference may point to, which is the dependent's own namespace or the cluster's scope.
/// Kinds that are not served here may have living objects elsewhere, so what they own is never touched on their account.
/// </remarks>
internal sealed class GarbagePlanner(OwnerKinds kinds, OwnerIndex index)
{
    private enum Standing
    {
        /// <summary>The owner lives, or nobody here can know.</summary>
        Solid,

        /// <summary>The owner is gone.</summary>
        Absent,

        /// <summary>The owner is being deleted and waits for its dependents.</summary>
        Waiting,

        /// <summary>The owner is being deleted and lets its dependents go.</summary>
        Orphaning,
    }

    /// <summary>Called for a reference that points where an owner may not be: the dependent and the reference.</summary>
    public Action<ObjectId, StoredObject, Reference>? MisplacedOwner { get; init; }

    /// <summary>Whether an absent owner is known to have existed: then it need not be looked for in other namespaces.</summary>
    public Func<string, bool> IsKnownAbsent { get; init; } = _ => false;

    /// <summary>What is to be done about an object; null for nothing.</summary>
    public GarbageAction? Plan(ObjectId id, StoredObject item)
    {
        var uids = new Dictionary<Standing, List<string>>();
        IReadOnlyList<Reference> references = Reference.Of(item);
        foreach (Reference reference in references)
        {
            Standing standing = StandingOf(id, item, reference);
            if (!uids.TryGetValue(standing, out List<string>? listed))
            {
                uids[standing] = listed = [];
            }

            listed.Add(reference.Uid);
        }

        if (uids.TryGetValue(Standing.Orphaning, out List<string>? orphaning))
        {
            return new GarbageAction(GarbageStep.DropReferences, item) { Uids = orphaning };
        }

        if (item.Summary.DeletionTimestamp is not null)
        {
            return PlanDeleting(id, item);
        }

        if (references.Count == 0)
        {
            return null;
        }

        uids.TryGetValue(Standing.Waiting, out List<string>? waiting);
        uids.TryGetValue(Standing.Absent, out List<string>? absent);
        if (uids.ContainsKey(Standing.Solid))
        {
            // An owner that waits would wait for ever: the object stays, for its other owners.
            return waiting is null && absent is null
                ? null
                : new GarbageAction(GarbageStep.DropReferences, item) { Uids = [.. absent ?? [], .. waiting ?? []] };
        }

        if (waiting is not null && index.HasDependents(item.Summary.Uid, id))
        {
            return references.Any(r => r.Blocks) && ClosesCycle(item)
                ? new GarbageAction(GarbageStep.Unblock, item)
                : new GarbageAction(GarbageStep.Delete, item) { Policy = "Foreground" };
        }

        string policy = item.Summary.Finalizers.Contains(GarbageFinalizers.Orphan) ? "Orphan"
            : item.Summary.Finalizers.Contains(GarbageFinalizers.Foreground) ? "Foreground"
            : "Background";
        return new GarbageAction(GarbageStep.Delete, item) { Policy = policy };
    }

    private GarbageAction? PlanDeleting(ObjectId id, StoredObject item)
    {
        string uid = item.Summary.Uid;
        if (GarbageFinalizers.IsOrphaning(item))
        {
            return index.HasDependents(uid, id) ? null : new GarbageAction(GarbageStep.Release, item) { Finalizer = GarbageFinalizers.Orphan };
        }

        return GarbageFinalizers.IsWaiting(item) && !HasBlockingDependents(id, uid)
            ? new GarbageAction(GarbageStep.Release, item) { Finalizer = GarbageFinalizers.Foreground }
            : null;
    }

    private bool HasBlockingDependents(ObjectId owner, string uid)
    {
        foreach (ObjectId dependent in index.DependentsOf(uid))
        {
            if (dependent != owner
                && kinds.Find(dependent) is { } found
                && Reference.Of(found).Any(r => r.Uid == uid && r.Blocks))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a dependent of the object is itself waiting for its dependents: the object may be one of them.</summary>
    private bool ClosesCycle(StoredObject item) =>
        index.DependentsOf(item.Summary.Uid).Any(d => kinds.Find(d) is { } found && GarbageFinalizers.IsWaiting(found));

    private Standing StandingOf(ObjectId id, StoredObject item, Reference reference)
    {
        if (!kinds.TryFind(reference, out int kind))
        {
            return Standing.Solid;
        }

        string key = reference.Name;
        if (kinds.All[kind].Resource.IsNamespaced)
        {
            if (item.Summary.Namespace.Length == 0)
            {
                // Kubernetes: such a reference cannot be resolved, and the object is not collected for it.
                MisplacedOwner?.Invoke(id, item, reference);
                return Standing.Solid;
            }

            key = $"{item.Summary.Namespace}/{reference.Name}";
        }

        if (kinds.Find(new ObjectId(kind, key)) is { } owner && owner.Summary.Uid == reference.Uid)
        {
            return GarbageFinalizers.IsOrphaning(owner) ? Standing.Orphaning
                : GarbageFinalizers.IsWaiting(owner) ? Standing.Waiting
                : Standing.Solid;
        }

        if (kinds.All[kind].Resource.IsNamespaced && MisplacedOwner is not null && !IsKnownAbsent(reference.Uid) && IsElsewhere(kind, reference.Uid))
        {
            MisplacedOwner(id, item, reference);
        }

        return Standing.Absent;
    }

    private bool IsElsewhere(int kind, string uid)
    {
        foreach (StoredObject other in kinds.All[kind].Read().Objects)
        {
            if (other.Summary.Uid == uid)
            {
                return true;
            }
        }

        return false;
    }
}
