using System.Net;

namespace Lodestone.Agent.Desired;

/// <summary>A target of a routing: a network interface and where the routing says it lives, or a plain address.</summary>
/// <param name="Target">Its identity (<see cref="Lodestone.Datapath.Hashing.TargetHash"/> of the UID).</param>
/// <param name="Uid">UID of the network interface; the address of a plain host.</param>
/// <param name="ProviderId"><c>lodestone://host/device</c>, or empty. The network interface itself, where it is known, overrides it.</param>
public sealed record TargetModel(ulong Target, string Uid, string ProviderId)
{
    /// <summary>The address to encapsulate to, of a machine itself; null for a network interface.</summary>
    public IPAddress? Plain { get; init; }
}
