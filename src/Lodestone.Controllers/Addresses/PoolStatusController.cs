using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Client.Controllers;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;

namespace Lodestone.Controllers.Addresses;

/// <summary>Counts what every <see cref="AddressPool"/> has given out.</summary>
/// <remarks>Reads AddressPool and IPAddress. Writes AddressPool/status, nothing else.</remarks>
internal sealed class PoolStatusController(
    ILister<AddressPool> pools,
    ILister<IPAddress> addresses,
    ApiClient client,
    TimeProvider timeProvider) : IDeclaresPermissions
{
    /// <inheritdoc/>
    public static Permissions Permissions { get; } = Permissions.None
        .Reads<AddressPool>().Reads<IPAddress>()
        .ChangesStatus<AddressPool>();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!pools.TryGet(key, out AddressPool? pool))
        {
            return ReconcileResult.Done;
        }

        AddressRangeSet set = PoolAddresses.Of(pool.Spec);
        string[] unreadable = [.. (pool.Spec.Addresses ?? []).Concat(pool.Spec.ExcludedAddresses ?? []).Where(t => !AddressRange.TryParse(t, out _, out _))];
        bool isReady = unreadable.Length == 0;
        string message = isReady
            ? "addresses are given out"
            : $"not an address, prefix or range: {string.Join(", ", unreadable)}";
        AddressPoolUsage? ipv4 = Usage(set, "IPv4");
        AddressPoolUsage? ipv6 = Usage(set, "IPv6");
        await client.UpdateStatusAsync(
            pool,
            current =>
            {
                current.Status ??= new AddressPoolStatus();
                current.Status.Ipv4 = ipv4;
                current.Status.Ipv6 = ipv6;
                current.Status.Conditions = current.Status.Conditions.With(
                    "Ready", isReady, isReady ? "Ready" : "InvalidAddresses", message, pool.Metadata.Generation, timeProvider.GetUtcNow());
            },
            cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>Counts every public address taken within the pool's ranges, by whichever of overlapping pools it was given out.</summary>
    private AddressPoolUsage? Usage(AddressRangeSet set, string family)
    {
        UInt128 total = set.Count(family);
        if (total == 0)
        {
            return null;
        }

        UInt128 used = 0;
        foreach (IPAddress address in addresses.All)
        {
            if (address.Spec.NetworkRef is null
                && System.Net.IPAddress.TryParse(address.Spec.Ip, out System.Net.IPAddress? ip)
                && Routing.DestinationSelector.FamilyOf(address.Spec.Ip) == family
                && set.Contains(ip))
            {
                used++;
            }
        }

        return new AddressPoolUsage { Total = Text(total), Used = Text(used), Free = Text(total - used) };
    }

    private static string Text(UInt128 number) => number.ToString(CultureInfo.InvariantCulture);
}
