using Lodestone.Api.Meta;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Controllers.Access;

namespace Lodestone.Controllers.Collection;

/// <summary>Deletes objects of one kind whose owners are all gone, and carries out foreground deletion and orphaning of owners.</summary>
/// <remarks>
/// Reads every kind of ours. Deletes objects of any, removes owner references and the finalizers <c>foregroundDeletion</c> and <c>orphan</c>, writes
/// Events, nothing else. An owner is one exact object, by UID; that it is absent is confirmed by a direct read. References to kinds we
/// don't serve are taken for alive: who can't be judged isn't condemned.
/// </remarks>
internal sealed class GarbageCollector(OwnerKind kind, OwnerGraph graph, ApiClient client, EventRecorder events) : IDeclaresPermissions
{
    internal const string Foreground = "foregroundDeletion";
    internal const string Orphan = "orphan";

    /// <inheritdoc/>
    public static Permissions Permissions { get; } = ResourceDefinitions.All.Where(d => !d.IsBuiltIn)
        .Aggregate(Permissions.None, (all, kind) => all.Reads(kind).Changes(kind).Deletes(kind));

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        KubernetesObject? item = kind.Cached(key);
        if (item is null)
        {
            return ReconcileResult.Done;
        }

        if (item.IsBeingDeleted)
        {
            await FinalizeAsync(item, cancellationToken);
        }
        else if (item.Metadata.OwnerReferences is { Count: > 0 } owners)
        {
            await CollectAsync(item, owners, cancellationToken);
        }

        return ReconcileResult.Done;
    }

    private async Task CollectAsync(KubernetesObject item, List<OwnerReference> owners, CancellationToken cancellationToken)
    {
        var absent = new List<string>();
        var waiting = new List<string>();
        foreach (OwnerReference owner in owners)
        {
            switch (await StateOfAsync(item, owner, cancellationToken))
            {
                case OwnerState.Absent:
                    absent.Add(owner.Uid);
                    break;
                case OwnerState.WaitsForDependents:
                    waiting.Add(owner.Uid);
                    break;
            }
        }

        bool hasSolidOwner = absent.Count + waiting.Count < owners.Count;
        if (hasSolidOwner)
        {
            if (absent.Count + waiting.Count > 0)
            {
                await kind.UpdateAsync(item, o => RemoveOwners(o, [.. absent, .. waiting]), cancellationToken);
            }

            return;
        }

        // Owners that wait for us want everything below gone first.
        bool isForeground = waiting.Count > 0 && graph.DependentsOf(item.Metadata.Uid ?? "").Count > 0;
        await client.DeleteAsync(
            kind.Definition,
            item.Key,
            new DeleteOptions
            {
                Uid = item.Metadata.Uid,
                ResourceVersion = item.Metadata.ResourceVersion,
                Propagation = isForeground ? PropagationPolicy.Foreground : PropagationPolicy.Background,
            },
            cancellationToken);
    }

    private async Task<OwnerState> StateOfAsync(KubernetesObject item, OwnerReference reference, CancellationToken cancellationToken)
    {
        if (graph.KindOf(reference) is not { } ownerKind)
        {
            return OwnerState.Solid;
        }

        string ns = item.Metadata.Namespace ?? "";
        if (ownerKind.Definition.IsNamespaced && ns.Length == 0)
        {
            events.Record(item, EventType.Warning, "OwnerRefInvalidNamespace", $"owner {reference.Kind} {reference.Name} is namespaced, this object is not; remove the reference");
            return OwnerState.Solid;
        }

        var key = new ObjectKey(ownerKind.Definition.IsNamespaced ? ns : "", reference.Name);
        KubernetesObject? owner = ownerKind.Cached(key);
        if (owner?.Metadata.Uid != reference.Uid)
        {
            owner = await ownerKind.ReadAsync(key, cancellationToken);
        }

        return owner?.Metadata.Uid != reference.Uid ? OwnerState.Absent
            : owner.IsBeingDeleted && owner.Metadata.Finalizers?.Contains(Foreground) == true ? OwnerState.WaitsForDependents
            : OwnerState.Solid;
    }

    private async Task FinalizeAsync(KubernetesObject owner, CancellationToken cancellationToken)
    {
        string uid = owner.Metadata.Uid ?? "";
        if (owner.Metadata.Finalizers?.Contains(Orphan) == true)
        {
            foreach ((OwnerKind dependentKind, KubernetesObject dependent) in graph.DependentsOf(uid))
            {
                await dependentKind.UpdateAsync(dependent, o => RemoveOwners(o, [uid]), cancellationToken);
            }

            await kind.UpdateAsync(owner, o => o.Metadata.Finalizers?.Remove(Orphan), cancellationToken);
        }
        else if (owner.Metadata.Finalizers?.Contains(Foreground) == true)
        {
            bool isBlocked = false;
            foreach ((OwnerKind dependentKind, KubernetesObject dependent) in graph.DependentsOf(uid))
            {
                isBlocked |= dependent.Metadata.OwnerReferences!.Exists(r => r.Uid == uid && r.BlockOwnerDeletion == true);
                if (!dependent.IsBeingDeleted)
                {
                    dependentKind.Wake(dependent.Key);
                }
            }

            if (!isBlocked)
            {
                await kind.UpdateAsync(owner, o => o.Metadata.Finalizers?.Remove(Foreground), cancellationToken);
            }
        }
    }

    private static void RemoveOwners(KubernetesObject item, List<string> uids)
    {
        item.Metadata.OwnerReferences?.RemoveAll(r => uids.Contains(r.Uid));
        if (item.Metadata.OwnerReferences is { Count: 0 })
        {
            item.Metadata.OwnerReferences = null;
        }
    }

    private enum OwnerState
    {
        Absent,
        WaitsForDependents,
        Solid,
    }
}
