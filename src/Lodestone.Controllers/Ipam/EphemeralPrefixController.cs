using System.Collections.Concurrent;
using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Ipam;

/// <summary>Makes the ephemeral <see cref="Prefix"/>es of load balancers or of network interfaces, and deletes those no longer wanted. Keyed by the owner.</summary>
/// <typeparam name="T">The kind of the owners.</typeparam>
/// <remarks>
/// Reads the owners and Prefix. Writes Prefixes that the owner controls and that carry the annotation of ephemeral ones, and Events,
/// nothing else. A Prefix of the right name that somebody else made is never taken over: the Event, and what the owner's status says of
/// its addresses, name the object to change. The names are IronCore's, so a load balancer and a network interface of one name want the
/// same ones; the first has it.
/// </remarks>
internal sealed class EphemeralPrefixController<T>(
    ILister<T> owners,
    Func<T, Dictionary<string, PrefixTemplate>> wantedBy,
    ILister<Prefix> prefixes,
    ApiClient client,
    EventRecorder events) : IReconciler
    where T : KubernetesObject
{
    /// <summary>What was last refused, so that an Event tells it once and not at every look.</summary>
    private readonly ConcurrentDictionary<ObjectKey, string> _refusals = new();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!owners.TryGet(key, out T? owner) || owner.IsBeingDeleted)
        {
            // Its Prefixes go with their owner reference.
            _refusals.TryRemove(key, out _);
            return ReconcileResult.Done;
        }

        Dictionary<string, PrefixTemplate> wanted = wantedBy(owner);
        foreach (Prefix held in prefixes.ByIndex(Indexes.Controller, owner.Metadata.Uid ?? ""))
        {
            if (EphemeralPrefix.IsManagedFor(held, owner) && !wanted.ContainsKey(held.Metadata.Name ?? "") && !held.IsBeingDeleted)
            {
                await DeleteAsync(held, cancellationToken);
            }
        }

        List<string> refusals = [];
        foreach ((string name, PrefixTemplate template) in wanted)
        {
            if (await EnsureAsync(owner, name, template, cancellationToken) is { } refusal)
            {
                refusals.Add(refusal);
            }
        }

        Tell(owner, refusals);
        return ReconcileResult.Done;
    }

    /// <summary>Has the Prefix of that name made from the template. Not null: why it isn't.</summary>
    private async Task<string?> EnsureAsync(T owner, string name, PrefixTemplate template, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(owner.Metadata.Namespace ?? "", name);
        if (!prefixes.TryGet(key, out Prefix? prefix))
        {
            prefix = await CreateAsync(owner, name, template, cancellationToken);
        }

        // While one goes, by whomever it was made, the next waits: its going wakes us.
        if (prefix is null || (prefix.IsBeingDeleted && EphemeralPrefix.IsOf(prefix, owner)))
        {
            return null;
        }

        if (!EphemeralPrefix.IsManagedFor(prefix, owner))
        {
            return EphemeralPrefix.IsOf(prefix, owner)
                ? $"Prefix {name} lacks the annotation {EphemeralPrefix.ManagedByAnnotation}: {EphemeralPrefix.Manager}; it is used, but not kept as its template says"
                : EphemeralPrefix.RefusalOf(prefix, owner);
        }

        if (!EphemeralPrefixes.IsMadeFrom(template.Spec ?? new PrefixSpec(), prefix.Spec))
        {
            // What a Prefix is can't be changed, so the template's change means another Prefix.
            events.Record(owner, EventType.Normal, "PrefixReplaced", $"Prefix {name} is made anew: its template changed");
            await DeleteAsync(prefix, cancellationToken);
            return null;
        }

        await client.UpdateAsync(prefix, p => EphemeralPrefixes.Mark(p, template), cancellationToken);
        return null;
    }

    private async Task<Prefix?> CreateAsync(T owner, string name, PrefixTemplate template, CancellationToken cancellationToken)
    {
        Prefix prefix = EphemeralPrefixes.Build(owner, name, template);
        try
        {
            return await client.CreateAsync(prefix, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            return await client.TryGetAsync<Prefix>(prefix.Key, cancellationToken);
        }
    }

    /// <summary>Deletes a Prefix as it was seen; one that changed meanwhile wakes us again.</summary>
    private async Task DeleteAsync(Prefix prefix, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteAsync<Prefix>(prefix.Key, new DeleteOptions { Uid = prefix.Metadata.Uid, ResourceVersion = prefix.Metadata.ResourceVersion }, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsConflict)
        {
            // Its change is on the way to our cache.
        }
    }

    private void Tell(T owner, List<string> refusals)
    {
        if (refusals.Count == 0)
        {
            _refusals.TryRemove(owner.Key, out _);
            return;
        }

        string message = string.Join("; ", refusals);
        if (!_refusals.TryGetValue(owner.Key, out string? told) || told != message)
        {
            _refusals[owner.Key] = message;
            events.Record(owner, EventType.Warning, "PrefixNotAdopted", message);
        }
    }
}
