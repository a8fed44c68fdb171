using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Controllers;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Addresses;

/// <summary>Gives back the <see cref="IPAddress"/>es whose load balancer is gone, some time after.</summary>
/// <remarks>
/// Reads IPAddress and LoadBalancer. Writes IPAddress/status and deletes IPAddresses, nothing else. That a claimer is gone is
/// confirmed by a direct read, since a cache may lag behind a create. Between release and deletion lies the quarantine: gateways
/// learn of the deletion from the same API, and must have let go of an address before another gets it.
/// Addresses without a claim, or claimed by a kind we don't know, are left alone.
/// </remarks>
internal sealed class AddressReleaseController(
    ILister<IPAddress> addresses,
    ILister<LoadBalancer> loadBalancers,
    ApiClient client,
    ControllerOptions options,
    TimeProvider timeProvider) : IReconciler
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!addresses.TryGet(key, out IPAddress? address)
            || address.IsBeingDeleted
            || address.Spec.ClaimRef is not { } claim
            || claim.Group != ResourceDefinitions.LoadBalancer.Group
            || claim.Resource != ResourceDefinitions.LoadBalancer.Plural)
        {
            return ReconcileResult.Done;
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        if (address.Status?.ReleasedAt is not { } releasedAt)
        {
            if (await IsHeldAsync(claim, cancellationToken))
            {
                return ReconcileResult.Done;
            }

            await ReleaseAsync(client, address, now, cancellationToken);
            return ReconcileResult.RequeueAfter(options.AddressQuarantine);
        }

        if (releasedAt > now)
        {
            // By a clock ahead of ours, perhaps by days. Rather rest a little longer than until then.
            await client.UpdateStatusAsync(address, a => a.Status = a.Status?.ReleasedAt > now ? new IPAddressStatus { ReleasedAt = now } : a.Status, cancellationToken);
            return ReconcileResult.RequeueAfter(options.AddressQuarantine);
        }

        TimeSpan left = releasedAt + options.AddressQuarantine - now;
        if (left > TimeSpan.Zero)
        {
            return ReconcileResult.RequeueAfter(left);
        }

        // For exactly this version: its holder may have taken it back a moment ago.
        await client.DeleteAsync<IPAddress>(
            key, new DeleteOptions { Uid = address.Metadata.Uid, ResourceVersion = address.Metadata.ResourceVersion }, cancellationToken);
        return ReconcileResult.Done;
    }

    internal static Task ReleaseAsync(ApiClient client, IPAddress address, DateTimeOffset now, CancellationToken cancellationToken) =>
        client.UpdateStatusAsync(address, a => a.Status = new IPAddressStatus { ReleasedAt = a.Status?.ReleasedAt ?? now }, cancellationToken);

    private async Task<bool> IsHeldAsync(ClaimRef claim, CancellationToken cancellationToken)
    {
        ObjectKey key = Indexes.KeyOf(claim);
        if (loadBalancers.TryGet(key, out LoadBalancer? cached) && cached.Metadata.Uid == claim.Uid)
        {
            return true;
        }

        LoadBalancer? current = await client.TryGetAsync<LoadBalancer>(key, cancellationToken);
        return current?.Metadata.Uid == claim.Uid;
    }
}
