using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Networks;

/// <summary>Gives back the <see cref="NetworkID"/>s whose network is gone, or has another number or provider.</summary>
/// <remarks>
/// Reads NetworkID and Network. Deletes NetworkIDs, nothing else. That the network is gone is confirmed by a direct read. No
/// quarantine: a network goes only after its last interface and load balancer.
/// </remarks>
internal sealed class NetworkIDReleaseController(ILister<NetworkID> ids, ILister<Network> networks, ApiClient client) : IReconciler
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!ids.TryGet(key, out NetworkID? id)
            || id.IsBeingDeleted
            || id.Spec.ClaimRef is not { } claim
            || claim.Group != ResourceDefinitions.Network.Group
            || claim.Resource != ResourceDefinitions.Network.Plural)
        {
            return ReconcileResult.Done;
        }

        ObjectKey holder = Indexes.KeyOf(claim);
        if ((networks.TryGet(holder, out Network? cached) && Holds(cached, id))
            || (await client.TryGetAsync<Network>(holder, cancellationToken) is { } network && Holds(network, id)))
        {
            return ReconcileResult.Done;
        }

        await client.DeleteAsync<NetworkID>(key, new DeleteOptions { Uid = id.Metadata.Uid }, cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>A network without a providerID may be about to write it.</summary>
    private static bool Holds(Network network, NetworkID id) =>
        network.Metadata.Uid == id.Spec.ClaimRef!.Uid
        && (string.IsNullOrEmpty(network.Spec?.ProviderID) || network.Spec.ProviderID == NetworkController.ProviderIdOf(id.Metadata.Name ?? ""));
}
