using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Informers;

namespace Lodestone.Controllers.Addresses;

/// <summary>Wakes load balancers that wait for an address when there is one: the oldest first, and no more than there are addresses.</summary>
/// <remarks>
/// Reads LoadBalancer, and what <see cref="PublicAllocator"/> reads. Writes nothing. Those whose pools changed are woken too, so that
/// they say what is true now.
/// </remarks>
internal sealed class AddressQueueController(
    ILister<LoadBalancer> loadBalancers, PublicAllocator allocator, AddressQueue queue, AddressIndex index, Action<ObjectKey> wake) : IReconciler
{
    /// <summary>The only key there is.</summary>
    internal static readonly ObjectKey Key = new("", "waiting");

    /// <summary>Addresses are given back in bursts; looking once after each is enough.</summary>
    internal static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(20);

    public Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        bool poolsChanged = queue.HavePoolsChanged();
        var free = new Dictionary<(string Pool, string Family), UInt128>();
        UInt128 left = CountFree(free);
        if (left == 0 && !poolsChanged)
        {
            return Task.FromResult(ReconcileResult.Done);
        }

        // Who could use the space of a pool is known, until pools or selectors change.
        IEnumerable<(string Pool, string Family)>? spaces = poolsChanged ? null : free.Where(f => f.Value > 0).Select(f => f.Key).ToArray();
        foreach ((AddressWaiter waiter, bool isWoken) in queue.Look(spaces))
        {
            if (left == 0 && !poolsChanged)
            {
                break;
            }

            if (!loadBalancers.TryGet(waiter.Key, out LoadBalancer? lb))
            {
                continue;
            }

            AddressPool[] eligible = allocator.PoolsFor(lb);
            bool isServed = false;
            foreach (string family in waiter.Families)
            {
                foreach (AddressPool pool in eligible)
                {
                    (string, string) space = (pool.Metadata.Name ?? "", family);
                    if (free.GetValueOrDefault(space) > 0)
                    {
                        free[space]--;
                        left--;
                        isServed = true;
                        break;
                    }
                }
            }

            // One that was woken before takes its share here, too: it hasn't taken its address yet.
            bool isWanted = isServed || (poolsChanged && !waiter.Pools.SequenceEqual(waiter.Families.SelectMany(f => PublicAllocator.SpacesOf(eligible, f))));
            if (isWanted && !isWoken && queue.TryWake(waiter))
            {
                wake(waiter.Key);
            }
        }

        return Task.FromResult(ReconcileResult.Done);
    }

    private UInt128 CountFree(Dictionary<(string Pool, string Family), UInt128> free)
    {
        UInt128 all = 0;
        foreach (AddressPool pool in allocator.OpenPools)
        {
            foreach (string family in IPFamily.All)
            {
                // Nobody waits for more than there are objects: the sum can't overflow.
                UInt128 count = UInt128.Min(index.Free(PoolAddresses.Of(pool), family), int.MaxValue);
                free[(pool.Metadata.Name ?? "", family)] = count;
                all += count;
            }
        }

        return all;
    }
}
