using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Events;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.LoadBalancers;
using Address = System.Net.IPAddress;

namespace Lodestone.Controllers.Addresses;

/// <summary>Counts what every <see cref="AddressPool"/> has given out, says what it lacks, and protects it while its addresses are in use.</summary>
/// <remarks>
/// Reads AddressPool and IPAddress. Writes the protection finalizer of AddressPool, AddressPool/status and Events, nothing else. A pool
/// never takes an address away: one that shrinks says which addresses in use it no longer holds, one that is deleted gives out no more
/// and goes when what came from it is given back, or lies in another pool (as a ServiceCIDR of Kubernetes does).
/// </remarks>
internal sealed class PoolController(
    ILister<AddressPool> pools,
    ILister<IPAddress> addresses,
    AddressIndex index,
    ApiClient client,
    EventRecorder events,
    TimeProvider timeProvider) : IReconciler
{
    internal const string ProtectionFinalizer = "lodestone.dev/addresses";

    /// <summary>Addresses that a status or message names.</summary>
    private const int MaxNamed = 10;

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!pools.TryGet(key, out AddressPool? pool))
        {
            return ReconcileResult.Done;
        }

        if (pool.IsBeingDeleted)
        {
            return await FinalizeAsync(pool, cancellationToken);
        }

        if (await client.UpdateAsync(pool, AddFinalizer, cancellationToken) is { } current)
        {
            string[] unreadable = [.. (pool.Spec.Addresses ?? []).Concat(pool.Spec.ExcludedAddresses ?? []).Where(t => !AddressRange.TryParse(t, out _, out _))];
            Finding ready = unreadable.Length == 0
                ? new Finding(true, "Ready", "addresses are given out")
                : new Finding(false, "InvalidAddresses", $"not an address, prefix or range: {string.Join(", ", unreadable)}");
            await PublishAsync(current, ready, cancellationToken);
        }

        return ReconcileResult.Done;
    }

    private async Task<ReconcileResult> FinalizeAsync(AddressPool pool, CancellationToken cancellationToken)
    {
        if (pool.Metadata.Finalizers?.Contains(ProtectionFinalizer) != true)
        {
            return ReconcileResult.Done;
        }

        AddressRangeSet others = PoolAddresses.Of(pools.All.Where(p => !p.IsBeingDeleted));
        (int count, IReadOnlyList<Address> first) = index.Outside(pool.Metadata.Name ?? "", others, MaxNamed);
        if (count > 0)
        {
            await PublishAsync(pool, new Finding(false, "InUse", $"deletion waits for {Describe(count, first)}"), cancellationToken);
            return ReconcileResult.Done;
        }

        AddressRangeSet set = PoolAddresses.Of(pool);
        if (IPFamily.All.Any(f => index.IsPending(set, f)))
        {
            // One may have been taken a moment ago.
            return ReconcileResult.RequeueAfter(TimeSpan.FromSeconds(1));
        }

        await client.UpdateAsync(pool, p => p.Metadata.Finalizers?.Remove(ProtectionFinalizer), cancellationToken);
        return ReconcileResult.Done;
    }

    private async Task PublishAsync(AddressPool pool, Finding ready, CancellationToken cancellationToken)
    {
        AddressRangeSet set = PoolAddresses.Of(pool);
        AddressPoolUsage? ipv4 = Usage(set, IPFamily.IPv4);
        AddressPoolUsage? ipv6 = Usage(set, IPFamily.IPv6);
        (int count, IReadOnlyList<Address> first) = index.Outside(pool.Metadata.Name ?? "", set, MaxNamed);
        Finding available = Availability((IPFamily.IPv4, ipv4), (IPFamily.IPv6, ipv6));
        Finding outside = count > 0
            ? new Finding(true, "InUse", $"no longer in the pool, and with their holders until these let go: {Describe(count, first)}")
            : new Finding(false, "NoneInUse", "every address in use that came from the pool is in it");
        List<Condition>? before = pool.Status?.Conditions;
        AddressPool? written = await client.UpdateStatusAsync(
            pool,
            current =>
            {
                current.Status ??= new AddressPoolStatus();
                current.Status.Ipv4 = ipv4;
                current.Status.Ipv6 = ipv6;
                current.Status.InUseOutside = count > 0 ? new AddressPoolOutside { Count = count, Addresses = [.. first.Select(a => a.ToString())] } : null;
                Set(current, "Ready", ready, pool.Metadata.Generation);
                Set(current, "AddressesAvailable", available, pool.Metadata.Generation);
                Set(current, "InUseOutside", outside, pool.Metadata.Generation);
            },
            cancellationToken);
        if (written is not null)
        {
            RecordChange(written, before.Of("Ready"), ready, isWarning: !ready.IsTrue);
            RecordChange(written, before.Of("AddressesAvailable"), available, isWarning: !available.IsTrue);
            RecordChange(written, before.Of("InUseOutside"), outside, isWarning: outside.IsTrue);
        }
    }

    private void Set(AddressPool pool, string type, Finding finding, long? generation) => pool.Status!.Conditions =
        pool.Status.Conditions.With(type, finding.IsTrue, finding.Reason, finding.Message, generation, timeProvider.GetUtcNow());

    /// <summary>An Event for what is wrong, once; not for every address that comes or goes meanwhile.</summary>
    private void RecordChange(AddressPool pool, Condition? before, Finding now, bool isWarning)
    {
        if (isWarning && (before?.Reason != now.Reason || before.Status != (now.IsTrue ? "True" : "False")))
        {
            events.Record(pool, EventType.Warning, now.Reason, now.Message);
        }
    }

    private static Finding Availability(params (string Family, AddressPoolUsage? Usage)[] usages)
    {
        if (Array.TrueForAll(usages, u => u.Usage is null))
        {
            return new Finding(false, "NoAddresses", "spec.excludedAddresses leaves none of spec.addresses");
        }

        string[] full = [.. usages.Where(u => u.Usage?.Free == "0").Select(u => $"all {u.Usage!.Total} {u.Family} addresses are in use")];
        return full.Length > 0
            ? new Finding(false, "PoolExhausted", $"{string.Join(", ", full)}; add addresses, or delete LoadBalancers")
            : new Finding(true, "Available", "there are free addresses");
    }

    /// <summary>Addresses taken within the pool's ranges, by whichever of overlapping pools they were given out.</summary>
    private AddressPoolUsage? Usage(AddressRangeSet set, string family)
    {
        UInt128 total = set.Count(family);
        UInt128 used = index.Used(set, family);
        return total == 0 ? null : new AddressPoolUsage { Total = Text(total), Used = Text(used), Free = Text(total - used) };
    }

    private string Describe(int count, IReadOnlyList<Address> first)
    {
        IEnumerable<string> named = first.Take(3).Select(a => addresses.TryGet(new ObjectKey("", IPAddressName.Format(a)), out IPAddress? held) && held.Spec.ClaimRef is { } claim
            ? $"{a} ({claim.Resource} {claim.Namespace}/{claim.Name})"
            : $"{a}");
        return string.Join(", ", named) + (count > 3 ? $" and {count - 3} more" : "");
    }

    private static void AddFinalizer(AddressPool pool)
    {
        if (!pool.IsBeingDeleted && pool.Metadata.Finalizers?.Contains(ProtectionFinalizer) != true)
        {
            (pool.Metadata.Finalizers ??= []).Add(ProtectionFinalizer);
        }
    }

    private static string Text(UInt128 number) => number.ToString(CultureInfo.InvariantCulture);
}
