using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Trace;

/// <summary>The real a packet goes to, and the way there.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Kind">How packets get to it; <see cref="RealKind.None"/> where there is no way.</param>
/// <param name="Target">Identity of the target (<see cref="Hashing.TargetHash"/>).</param>
/// <param name="Underlay">Outer destination of a target on another machine; of one on this machine its underlay address.</param>
/// <param name="Ifindex">The device packets leave by.</param>
/// <param name="OuterSource">This machine's underlay address; the outer source where packets are encapsulated.</param>
/// <param name="NextHop">MAC address they go to; zero for a veth, which needs none.</param>
/// <param name="MtuBytes">Largest packet the way takes, outer header included.</param>
/// <param name="PacketBytes">The traced packet on this way, outer header included.</param>
public sealed record RealExplanation(
    uint Index,
    RealKind Kind,
    ulong Target,
    DatapathAddress Underlay,
    uint Ifindex,
    DatapathAddress OuterSource,
    MacAddress NextHop,
    int MtuBytes,
    int PacketBytes)
{
    /// <summary>On this machine: the NIC's own address, which takes the place of the VIP; null where the VIP stays.</summary>
    public DatapathAddress? OwnAddress { get; init; }
}
