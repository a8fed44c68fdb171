using System.Collections.Immutable;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Desired;

/// <summary>How QUIC packets find the server that chose their connection ID. Immutable.</summary>
/// <param name="Config">The configuration in an ID's first octet.</param>
/// <param name="IdBytes">Bytes of a server ID.</param>
/// <param name="Ports">UDP ports that speak QUIC; none: all.</param>
/// <param name="IPv4">Targets of the IPv4 ring, and those that drain, by server ID (<see cref="QuicKey.Server"/>).</param>
/// <param name="IPv6">The same of the IPv6 ring.</param>
public sealed record QuicModel(
    byte Config, byte IdBytes, ImmutableArray<ushort> Ports, ImmutableSortedDictionary<ulong, ulong> IPv4, ImmutableSortedDictionary<ulong, ulong> IPv6)
{
    /// <summary>What the map holds for a VIP but for the reals' indexes: keys, and the target of each.</summary>
    /// <param name="vip">The VIP as it stands in the table.</param>
    public IEnumerable<(QuicKey Key, ulong Target)> KeysOf(Vip vip)
    {
        foreach ((ulong server, ulong target) in vip.Addr.IsIPv4 ? IPv4 : IPv6)
        {
            foreach (ushort port in Ports.IsEmpty ? [0] : Ports)
            {
                yield return (new QuicKey { Vip = vip.Id, Port = port, Config = Config, Len = IdBytes, Server = server }, target);
            }
        }
    }
}
