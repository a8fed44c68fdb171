using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Trace;

/// <summary>What is decided of a packet that a workload sends, beside what a VIP would decide.</summary>
/// <param name="Ifindex">The NIC's device, on the host's side.</param>
/// <param name="Source">What the source address is to the NIC; null: not the NIC's, so nothing further was decided.</param>
/// <param name="Own">The NIC's own addresses: what it may send from.</param>
public sealed record NicExplanation(uint Ifindex, NicSource? Source, IReadOnlyList<DatapathAddress> Own)
{
    /// <summary>The VIP that takes the source's place before anything else is decided, since the packet answers what came by it; null: none does.</summary>
    public DatapathAddress? AnswersFrom { get; init; }

    /// <summary>What became of the destination where it is no VIP of the network; null where that was not asked.</summary>
    public RouteExplanation? Route { get; init; }
}
