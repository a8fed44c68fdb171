using System.Net;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>A target as the data path is to reach it.</summary>
/// <param name="Target">Its identity (<see cref="Lodestone.Datapath.Hashing.TargetHash"/>).</param>
/// <param name="Kind"><see cref="RealKind.None"/> where no way is known.</param>
/// <param name="Ifindex">The NIC's device, or the uplink; of this machine itself the uplink too.</param>
/// <param name="MtuBytes">Largest L3 packet on the way, outer headers included.</param>
/// <param name="NextHop">Link-layer address that packets go to: of the next hop, or of the workload behind a <see cref="RealKind.Device"/>.</param>
/// <param name="DeviceMac">Link-layer address of the device they go out of.</param>
/// <param name="OuterDestination">Where packets are encapsulated to; of a local NIC its underlay address; null where the host is not known.</param>
public sealed record RealModel(
    ulong Target,
    RealKind Kind,
    uint Ifindex,
    int MtuBytes,
    MacAddress NextHop,
    MacAddress DeviceMac,
    IPAddress? OuterDestination)
{
    /// <summary>How packets are encapsulated to another machine, also while its next hop is not known; <see cref="RealKind.None"/> for other targets.</summary>
    public RealKind Form { get; init; }

    /// <summary>This machine's address that they are encapsulated from; null for other targets.</summary>
    public IPAddress? OuterSource { get; init; }

    /// <summary>The address whose next hop they take: of the target's host, or of a plain host; null for other targets.</summary>
    public IPAddress? Via { get; init; }

    /// <summary>Whether VIPs become the NIC's own address, of a NIC of this machine.</summary>
    public bool Translates { get; init; }

    /// <summary>
    /// The way is known but for the next hop's link-layer address. What the data path already holds for this destination stays.
    /// </summary>
    public bool IsUnresolved => Kind == RealKind.None && Form != RealKind.None;
}
