using Lodestone.Api.Meta;
using Lodestone.Api.Networking;

namespace Lodestone.Controllers.Addresses;

/// <summary>A load balancer without the addresses it wants, because no pool that it may use has any left, or none is for it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Created">When it was created.</param>
/// <param name="Uid">Its UID, which decides between those of one second.</param>
/// <param name="Families">The families it lacks.</param>
/// <param name="Pools">The pools it may use for these.</param>
internal sealed record AddressWaiter(ObjectKey Key, DateTimeOffset Created, string Uid, IReadOnlyList<string> Families, IReadOnlyList<PoolSpace> Pools)
    : IComparable<AddressWaiter>
{
    internal static AddressWaiter Of(LoadBalancer lb, IEnumerable<AddressOutcome> outcomes)
    {
        AddressOutcome[] waiting = [.. outcomes.Where(o => o.WaitsFor is not null)];
        return new AddressWaiter(
            lb.Key,
            lb.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
            lb.Metadata.Uid ?? "",
            [.. waiting.Select(o => o.Family!)],
            [.. waiting.SelectMany(o => o.WaitsFor!)]);
    }

    /// <summary>Older first.</summary>
    public int CompareTo(AddressWaiter? other)
    {
        int byAge = Created.CompareTo(other?.Created ?? DateTimeOffset.MinValue);
        return byAge != 0 ? byAge : string.CompareOrdinal(Uid, other?.Uid);
    }
}
