using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.LoadBalancers;

namespace Lodestone.Controllers.Networks;

/// <summary>Brings networks together that name each other in spec.peerings, and lets go of those that are gone or don't any more.</summary>
/// <remarks>
/// Reads Network and Prefix. Writes spec.incomingPeerings, status.peerings and condition PeeringsReady of Network and Events, nothing else.
/// Each network's part is written from its own key; a change of one wakes those that it names and those that name it. That a network is
/// gone is confirmed by a direct read. Networks of another provider are left alone entirely.
/// </remarks>
internal sealed class NetworkPeeringController(
    ILister<Network> networks,
    ILister<Prefix> prefixes,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IReconciler
{
    internal const string ConditionType = "PeeringsReady";

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!networks.TryGet(key, out Network? network) || NetworkController.IsForeign(network) || HasNothing(network))
        {
            return ReconcileResult.Done;
        }

        Dictionary<ObjectKey, Network?> confirmed = await ConfirmAsync(network, cancellationToken);
        Network? Find(ObjectKey name) =>
            confirmed.TryGetValue(name, out Network? read) ? read : networks.TryGet(name, out Network? cached) ? cached : null;

        Network? current = await client.UpdateAsync(network, n => Agree(n, Find), cancellationToken);
        if (current is not null && !NetworkController.IsForeign(current))
        {
            await TellAsync(current, Find, cancellationToken);
        }

        return ReconcileResult.Done;
    }

    private static bool HasNothing(Network network) =>
        network.Spec?.Peerings is not { Count: > 0 }
        && network.Spec?.IncomingPeerings is not { Count: > 0 }
        && network.Status?.Peerings is not { Count: > 0 }
        && network.Status?.Conditions.Of(ConditionType) is null;

    private static void Agree(Network network, Func<ObjectKey, Network?> find)
    {
        List<NetworkPeeringClaimRef>? agreed = Peerings.Incoming(network, find);
        if (!NetworkController.IsForeign(network) && (agreed is not null || network.Spec?.IncomingPeerings is { Count: > 0 }))
        {
            (network.Spec ??= new NetworkSpec()).IncomingPeerings = agreed;
        }
    }

    /// <summary>Reads what was agreed with and isn't in the cache as it was: the cache may be older than the agreement.</summary>
    private async Task<Dictionary<ObjectKey, Network?>> ConfirmAsync(Network network, CancellationToken cancellationToken)
    {
        var confirmed = new Dictionary<ObjectKey, Network?>();
        foreach (NetworkPeeringClaimRef claim in network.Spec?.IncomingPeerings ?? [])
        {
            ObjectKey key = Peerings.KeyOf(network, claim);
            if (!networks.TryGet(key, out Network? cached) || (!string.IsNullOrEmpty(claim.Uid) && claim.Uid != cached.Metadata.Uid))
            {
                confirmed[key] = await client.TryGetAsync<Network>(key, cancellationToken);
            }
        }

        return confirmed;
    }

    private async Task TellAsync(Network network, Func<ObjectKey, Network?> find, CancellationToken cancellationToken)
    {
        string? before = network.Status?.Conditions.Of(ConditionType)?.Reason;
        Network? written = await client.UpdateStatusAsync(
            network,
            n =>
            {
                (List<NetworkPeeringStatus>? states, Finding? ready) = Peerings.Report(n, find, FindPrefix);
                if (states is null && n.Status is null)
                {
                    return;
                }

                n.Status ??= new NetworkStatus();
                n.Status.Peerings = states;
                n.Status.Conditions = ready is { } found
                    ? n.Status.Conditions.With(ConditionType, found.IsTrue, found.Reason, found.Message, n.Metadata.Generation, timeProvider.GetUtcNow())
                    : n.Status.Conditions.Without(ConditionType);
            },
            cancellationToken);
        if (written?.Status?.Conditions.Of(ConditionType) is { } condition && condition.Reason != before)
        {
            bool isError = written.Status.Peerings?.Exists(p => p.State == PeeringStates.Error) == true;
            events.Record(written, isError ? EventType.Warning : EventType.Normal, condition.Reason, condition.Message);
        }
    }

    private Prefix? FindPrefix(ObjectKey key) => prefixes.TryGet(key, out Prefix? prefix) ? prefix : null;
}
