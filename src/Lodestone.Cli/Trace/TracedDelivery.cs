using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Trace;

/// <summary>The way to the target, in a report.</summary>
/// <param name="Kind">How packets get there.</param>
/// <param name="Device">The device they leave by.</param>
/// <param name="MtuBytes">Largest packet the way takes, outer header included.</param>
/// <param name="PacketBytes">The packet on this way.</param>
/// <param name="NextHop">MAC address they go to; null for a veth.</param>
/// <param name="OuterSource">Null where nothing is encapsulated.</param>
/// <param name="OuterDestination">Likewise.</param>
internal sealed record TracedDelivery(
    RealKind Kind, string Device, int MtuBytes, int PacketBytes, string? NextHop, string? OuterSource, string? OuterDestination)
{
    /// <summary>Whether the workload gets the packet with its own address as destination, put in on its host.</summary>
    public bool IsTranslated { get; init; }

    /// <summary>That address, where the host is this one; else null.</summary>
    public string? OwnAddress { get; init; }
}
