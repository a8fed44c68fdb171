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
/// Reads the owners and Prefix. Writes Prefixes that the owner controls and that carry the annotation of ephemeral ones, Events, and by
/// <paramref name="publish"/> one condition of the owner, nothing else. A Prefix of the right name that somebody else made is never taken
/// over: the Event and the condition name the object to change. The names are IronCore's, so a load balancer and a network interface of
/// one name want the same ones; the first has it.
/// </remarks>
/// <param name="owners">The owners.</param>
/// <param name="wantedBy">What an owner wants to have made, by name.</param>
/// <param name="prefixes">The prefixes.</param>
/// <param name="publish">Tells in the owner's status what it gets; null: another controller does.</param>
/// <param name="client">The API.</param>
/// <param name="events">Where refusals are told.</param>
internal sealed class EphemeralPrefixController<T>(
    ILister<T> owners,
    Func<T, Dictionary<string, PrefixTemplate>> wantedBy,
    ILister<Prefix> prefixes,
    Func<T, IReadOnlyList<EphemeralOutcome>, CancellationToken, Task>? publish,
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
        List<EphemeralOutcome> outcomes = [];
        foreach ((string name, PrefixTemplate template) in wanted)
        {
            (Prefix? prefix, string? refusal) = await EnsureAsync(owner, name, template, cancellationToken);
            outcomes.Add(EphemeralPrefix.Resolve(prefix, owner, name));
            if (refusal is not null)
            {
                refusals.Add(refusal);
            }
        }

        Tell(owner, refusals);
        if (publish is not null)
        {
            await publish(owner, outcomes, cancellationToken);
        }

        return ReconcileResult.Done;
    }

    /// <summary>Has the Prefix of that name made from the template; returns it, and why it isn't as wanted.</summary>
    private async Task<(Prefix? Prefix, string? Refusal)> EnsureAsync(T owner, string name, PrefixTemplate template, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(owner.Metadata.Namespace ?? "", name);
        if (!prefixes.TryGet(key, out Prefix? prefix))
        {
            prefix = await CreateAsync(owner, name, template, cancellationToken);
        }

        // Ours that goes: its going wakes us, then the next is made.
        if (prefix is null || (prefix.IsBeingDeleted && EphemeralPrefix.IsOf(prefix, owner)))
        {
            return (prefix, null);
        }

        if (!EphemeralPrefix.IsManagedFor(prefix, owner))
        {
            return (prefix, EphemeralPrefix.IsOf(prefix, owner)
                ? $"Prefix {name} lacks the annotation {EphemeralPrefix.ManagedByAnnotation}: {EphemeralPrefix.Manager}; it is used, but not kept as its template says"
                : EphemeralPrefix.RefusalOf(prefix, owner));
        }

        if (!EphemeralPrefixes.IsMadeFrom(template.Spec ?? new PrefixSpec(), prefix.Spec))
        {
            // What a Prefix is can't be changed, so the template's change means another Prefix.
            events.Record(owner, EventType.Normal, "PrefixReplaced", $"Prefix {name} is made anew: its template changed");
            await DeleteAsync(prefix, cancellationToken);
            return (null, null);
        }

        return (await client.UpdateAsync(prefix, p => EphemeralPrefixes.Mark(p, template), cancellationToken), null);
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
