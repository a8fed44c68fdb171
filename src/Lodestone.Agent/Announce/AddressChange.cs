using System.Collections.Immutable;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Announce;

/// <summary>How a set of addresses differs from the one before.</summary>
/// <param name="Come">Addresses that were not in it.</param>
/// <param name="Gone">Addresses that are not in it any more.</param>
internal readonly record struct AddressChange(ImmutableArray<DatapathAddress> Come, ImmutableArray<DatapathAddress> Gone)
{
    /// <summary>Whether it is the same.</summary>
    public bool IsEmpty => Come.IsEmpty && Gone.IsEmpty;
}
