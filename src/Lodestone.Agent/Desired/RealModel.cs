using System.Net;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>A target as the data path is to reach it.</summary>
/// <param name="Target">Its identity (<see cref="Lodestone.Datapath.Hashing.TargetHash"/>).</param>
/// <param name="Kind"><see cref="RealKind.None"/> where no way is known.</param>
/// <param name="Ifindex">The NIC's device, or the uplink.</param>
/// <param name="MtuBytes">Largest L3 packet on the way, outer header included.</param>
/// <param name="NextHop">Link-layer address that packets go to: of the next hop, or of the workload behind a <see cref="RealKind.Device"/>.</param>
/// <param name="DeviceMac">Link-layer address of the device they go out of.</param>
/// <param name="OuterDestination">The NIC's underlay address, also of a local NIC; null where the host is not known.</param>
public sealed record RealModel(
    ulong Target,
    RealKind Kind,
    uint Ifindex,
    int MtuBytes,
    MacAddress NextHop,
    MacAddress DeviceMac,
    IPAddress? OuterDestination)
{
    /// <summary>
    /// The way is known but for the next hop's link-layer address. What the data path already holds for this destination stays.
    /// </summary>
    public bool IsUnresolved => Kind == RealKind.None && OuterDestination is not null && Ifindex != 0;
}
