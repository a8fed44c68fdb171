using System.IO.Hashing;
using System.Text;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Routing;
using Address = System.Net.IPAddress;

namespace Lodestone.Controllers.Addresses;

/// <summary>Finds a load balancer's public address: the one it holds, the one it served, or a free one of the pools that are for it.</summary>
/// <remarks>
/// Reads AddressPool, IPAddress, Namespace. An address that is held stays, whatever pools and selectors have become. Pools are tried by
/// priority, then by name; those that are being deleted give out nothing.
/// </remarks>
internal sealed class PublicAllocator(
    ILister<AddressPool> pools,
    ILister<IPAddress> addresses,
    ILister<Namespace> namespaces,
    AddressIndex index,
    AddressQueue queue,
    AddressClaims claims)
{
    /// <summary>Lost races against other allocators before the reconcile starts over.</summary>
    private const int MaxCollisions = 64;

    /// <summary>The pools that give out addresses.</summary>
    internal IEnumerable<AddressPool> OpenPools => pools.All.Where(p => !p.IsBeingDeleted);

    /// <summary>The pools a load balancer may use, in the order in which they are tried.</summary>
    internal AddressPool[] PoolsFor(LoadBalancer lb) =>
    [
        .. OpenPools
            .Where(p => IsFor(p, lb))
            .OrderByDescending(p => p.Spec.Priority ?? 0)
            .ThenBy(p => p.Metadata.Name, StringComparer.Ordinal),
    ];

    /// <summary>The part of pools that is of a family.</summary>
    internal static IEnumerable<PoolSpace> SpacesOf(IEnumerable<AddressPool> pools, string family) => pools
        .Select(p => new PoolSpace(p.Metadata.Name ?? "", family, PoolAddresses.Of(p).Count(family)))
        .Where(s => s.Total > 0);

    internal async Task<AddressOutcome> AllocateAsync(LoadBalancer lb, string family, CancellationToken cancellationToken)
    {
        AddressPool[] eligible = [.. PoolsFor(lb).Where(p => PoolAddresses.Of(p).Count(family) > 0)];
        if (await FindHeldAsync(lb, family, eligible, cancellationToken) is { } held)
        {
            return Has(held, family);
        }

        ulong seed = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(lb.Metadata.Uid + family));
        AddressWaiter candidate = AddressWaiter.Of(lb, []);
        int collisions = 0;
        bool isPending = false;
        foreach (AddressPool pool in eligible)
        {
            string name = pool.Metadata.Name ?? "";
            AddressRangeSet set = PoolAddresses.Of(pool);
            while (queue.IsTurnOf(candidate, name, family, index.Free(set, family))
                && index.TryTake(set, family, seed, lb.Metadata.Uid ?? "", out Address? address))
            {
                if (addresses.TryGet(new ObjectKey("", IPAddressName.Format(address)), out _))
                {
                    // The cache is ahead of the index.
                    index.SetPending(address, null);
                }
                else if (await TryTakeAsync(lb, address, name, cancellationToken))
                {
                    return Has(address, family);
                }
                else if (++collisions == MaxCollisions)
                {
                    throw new InvalidOperationException($"{MaxCollisions} addresses of AddressPool {name} were taken by others while LoadBalancer {lb.Key} tried them");
                }
            }

            isPending |= index.IsPending(set, family);
        }

        PoolSpace[] full = [.. SpacesOf(eligible, family)];
        string exhausted = string.Join(", ", full.Select(s => $"{s.Pool} ({s.Total} of {s.Total} in use)"));
        AddressOutcome outcome = full.Length > 0
            ? new AddressOutcome(null, "PoolExhausted", $"no free {family} address in AddressPool {exhausted}; add addresses to a pool, or delete LoadBalancers")
            : new AddressOutcome(null, "NoPool", NoPoolMessage(family));

        // An attempt whose outcome nobody has seen may have come to nothing.
        return outcome with { Family = family, WaitsFor = full, RetryAfter = isPending ? AddressIndex.PendingTime : null };
    }

    private static AddressOutcome Has(Address address, string family) =>
        new(address.ToString()) { Family = family, Name = IPAddressName.Format(address) };

    private async Task<Address?> FindHeldAsync(LoadBalancer lb, string family, AddressPool[] eligible, CancellationToken cancellationToken)
    {
        string uid = lb.Metadata.Uid ?? "";
        foreach (string text in lb.Status?.Ips ?? [])
        {
            if (!IPFamily.TryParseAddress(text, out Address? served) || IPFamily.Of(served) != family)
            {
                continue;
            }

            if (await IsHeldAsync(served, uid, cancellationToken))
            {
                return served;
            }

            // Somebody deleted the IPAddress. The same again, where the load balancer could get it today.
            if (Array.Find(eligible, p => PoolAddresses.Of(p).Contains(served)) is { } pool && await TryTakeAsync(lb, served, pool.Metadata.Name ?? "", cancellationToken))
            {
                return served;
            }
        }

        IPAddress? held = addresses.ByIndex(Indexes.Claimer, uid)
            .Where(a => a.Spec.NetworkRef is null && !a.IsBeingDeleted && DestinationSelector.FamilyOf(a.Spec.Ip) == family)
            .OrderByDescending(a => a.Status?.ReleasedAt is null)
            .ThenBy(a => a.Metadata.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        if (held is not null && await claims.KeepAsync(held, cancellationToken))
        {
            return Address.Parse(held.Spec.Ip);
        }

        if (index.PendingOf(uid, family) is { } attempted)
        {
            if (await IsHeldAsync(attempted, uid, cancellationToken))
            {
                return attempted;
            }

            index.Forget(attempted);
        }

        return null;
    }

    /// <summary>Whether a claimer holds an address, and still does when this returns; by a direct read where the cache doesn't say so.</summary>
    private async Task<bool> IsHeldAsync(Address address, string uid, CancellationToken cancellationToken)
    {
        if (!addresses.TryGet(new ObjectKey("", IPAddressName.Format(address)), out IPAddress? holder) || !AddressClaims.IsOf(holder, uid))
        {
            holder = await claims.FindAsync(address, cancellationToken);
        }

        return holder is not null && AddressClaims.IsOf(holder, uid) && await claims.KeepAsync(holder, cancellationToken);
    }

    private async Task<bool> TryTakeAsync(LoadBalancer lb, Address address, string pool, CancellationToken cancellationToken)
    {
        index.SetPending(address, lb.Metadata.Uid);
        try
        {
            IPAddress? holder = await claims.TryTakeAsync(AddressClaims.Build(lb, address, pool, null), cancellationToken);
            if (holder is not null)
            {
                // Whoever it is shall find that he has it, though another controller took it for him.
                index.SetPending(address, holder.Spec.ClaimRef?.Uid);
            }

            return holder is null;
        }
        catch (ApiException exception) when ((int)exception.StatusCode is >= 400 and < 500)
        {
            // Refused for certain. Of any other failure nobody knows whether the object was made.
            index.Forget(address);
            throw;
        }
    }

    private string NoPoolMessage(string family)
    {
        string[] others = [.. SpacesOf(pools.All, family).Select(s => s.Pool).Order(StringComparer.Ordinal).Take(3)];
        return others.Length > 0
            ? $"no AddressPool offers {family} addresses to this LoadBalancer; look at the selectors of {string.Join(", ", others)}"
            : $"there is no AddressPool with {family} addresses; create one";
    }

    private bool IsFor(AddressPool pool, LoadBalancer lb)
    {
        if (pool.Spec.LoadBalancerSelector?.Matches(lb.Metadata.Labels) == false)
        {
            return false;
        }

        return pool.Spec.NamespaceSelector is not { } selector
            || (namespaces.TryGet(new ObjectKey("", lb.Metadata.Namespace ?? ""), out Namespace? ns) && selector.Matches(ns.Metadata.Labels));
    }
}
