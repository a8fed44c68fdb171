using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Http;
using Address = System.Net.IPAddress;

namespace Lodestone.Controllers.Addresses;

/// <summary>Takes addresses by creating the <see cref="IPAddress"/> named after them, and takes back what is being given back.</summary>
internal sealed class AddressClaims(ApiClient client)
{
    /// <summary>The object by which a load balancer holds an address.</summary>
    /// <param name="lb">The load balancer.</param>
    /// <param name="address">The address.</param>
    /// <param name="pool">The pool it comes from; null for an internal address.</param>
    /// <param name="network">The network it is unique in; null for a public address.</param>
    internal static IPAddress Build(LoadBalancer lb, Address address, string? pool, LocalUidReference? network) => new()
    {
        Metadata = new ObjectMeta { Name = IPAddressName.Format(address, network?.Uid) },
        Spec = new IPAddressSpec
        {
            Ip = address.ToString(),
            PoolRef = pool is null ? null : new LocalObjectReference { Name = pool },
            NetworkRef = network,
            ClaimRef = new ClaimRef
            {
                Group = ResourceDefinitions.LoadBalancer.Group,
                Resource = ResourceDefinitions.LoadBalancer.Plural,
                Namespace = lb.Metadata.Namespace,
                Name = lb.Metadata.Name ?? "",
                Uid = lb.Metadata.Uid ?? "",
            },
        },
    };

    /// <summary>Takes an address. Null: it is ours; else the object that holds it.</summary>
    internal async Task<IPAddress?> TryTakeAsync(IPAddress claim, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(claim, cancellationToken);
            return null;
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            // Another allocator was faster, or we were, in an attempt that the cache doesn't show yet.
            IPAddress? holder = await client.TryGetAsync<IPAddress>(claim.Key, cancellationToken);
            if (holder is null)
            {
                throw;
            }

            bool isOurs = IsOf(holder, claim.Spec.ClaimRef!.Uid) && await KeepAsync(holder, cancellationToken);
            return isOurs ? null : holder;
        }
    }

    /// <summary>The object that holds an address, by a direct read: what the cache doesn't show may be there.</summary>
    internal Task<IPAddress?> FindAsync(Address address, CancellationToken cancellationToken) =>
        client.TryGetAsync<IPAddress>(new ObjectKey("", IPAddressName.Format(address)), cancellationToken);

    /// <summary>Takes back an address of ours that is being given back. False: too late.</summary>
    internal async Task<bool> KeepAsync(IPAddress held, CancellationToken cancellationToken) =>
        held.Status?.ReleasedAt is null
        || await client.UpdateStatusAsync(held, a => a.Status = new IPAddressStatus(), cancellationToken) is { IsBeingDeleted: false };

    /// <summary>Whether an object is held by the claimer of a UID and will stay.</summary>
    internal static bool IsOf(IPAddress address, string? claimer) => address.Spec.ClaimRef?.Uid == claimer && !address.IsBeingDeleted;
}
