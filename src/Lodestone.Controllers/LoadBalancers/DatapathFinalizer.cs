using Lodestone.Api.Networking;
using Lodestone.Client.Http;

namespace Lodestone.Controllers.LoadBalancers;

/// <summary>The finalizer that keeps a load balancer, and so its addresses, until no gateway has them in its data path.</summary>
internal static class DatapathFinalizer
{
    internal const string Name = "lodestone.dev/datapath";

    /// <summary>Adds it; before the first address is published, since from then on gateways may take it up.</summary>
    /// <returns>The load balancer with it; null: it is gone, or is being deleted, and must not get an address.</returns>
    internal static async Task<LoadBalancer?> EnsureAsync(ApiClient client, LoadBalancer lb, CancellationToken cancellationToken)
    {
        if (IsOn(lb))
        {
            return lb;
        }

        LoadBalancer? updated = await client.UpdateAsync(
            lb,
            current =>
            {
                if (!current.IsBeingDeleted && !IsOn(current))
                {
                    (current.Metadata.Finalizers ??= []).Add(Name);
                }
            },
            cancellationToken);
        return updated is { IsBeingDeleted: false } ? updated : null;
    }

    internal static bool IsOn(LoadBalancer lb) => lb.Metadata.Finalizers?.Contains(Name) == true;
}
