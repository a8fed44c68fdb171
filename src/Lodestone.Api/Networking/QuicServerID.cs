using System.Net.Sockets;
using IPAddress = System.Net.IPAddress;

namespace Lodestone.Api.Networking;

/// <summary>The server ID of a target: what server and gateways both know of it, its address.</summary>
public static class QuicServerID
{
    /// <summary>Bytes of the longest one.</summary>
    public const int MaxLength = 8;

    /// <summary>The last bytes of an address in its IPv6 form; IPv4 is v4-mapped (RFC 4291, 2.5.5.2), so four bytes are the IPv4 address.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is not between 1 and <see cref="MaxLength"/>.</exception>
    public static byte[] Of(IPAddress address, int length)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);
        return (address.AddressFamily == AddressFamily.InterNetwork ? address.MapToIPv6() : address).GetAddressBytes()[^length..];
    }

    /// <summary>The server IDs of a load balancer's targets that more than one of a family has; connection IDs that name them go by the ring.</summary>
    /// <param name="targets">UID, empty for a plain address, and address of every target, those that drain included.</param>
    /// <param name="length">Bytes of a server ID.</param>
    /// <returns>Pairs of addresses with one server ID, sorted.</returns>
    public static IReadOnlyList<(IPAddress First, IPAddress Second)> Shared(IEnumerable<(string Uid, IPAddress Address)> targets, int length)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var holders = new Dictionary<(AddressFamily Family, string Id), (string Identity, IPAddress Address)>();
        var shared = new List<(IPAddress First, IPAddress Second)>();
        foreach ((string uid, IPAddress address) in targets.OrderBy(t => t.Address.ToString(), StringComparer.Ordinal))
        {
            string identity = uid.Length > 0 ? uid : address.ToString();
            (AddressFamily, string) id = (address.AddressFamily, Convert.ToHexString(Of(address, length)));
            if (!holders.TryAdd(id, (identity, address)) && holders[id].Identity != identity)
            {
                shared.Add((holders[id].Address, address));
            }
        }

        return shared;
    }
}
