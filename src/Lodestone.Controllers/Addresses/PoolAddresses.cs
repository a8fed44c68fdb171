using System.Runtime.CompilerServices;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Addresses;

/// <summary>The addresses of pools as sets, each read once. Thread safe.</summary>
internal static class PoolAddresses
{
    // A spec out of a cache never changes: a changed pool has a new one.
    private static readonly ConditionalWeakTable<AddressPoolSpec, AddressRangeSet> Known = [];

    internal static AddressRangeSet Of(AddressPool pool) => Known.GetValue(pool.Spec, AddressRangeSet.Of);

    /// <summary>What any of the pools holds.</summary>
    internal static AddressRangeSet Of(IEnumerable<AddressPool> pools) => AddressRangeSet.Create(pools.SelectMany(p => Of(p).Ranges), []);
}
