namespace Lodestone.Datapath.Hashing;

/// <summary>Where a VIP's probe begins in the open-addressed VIP table: <c>vip_home()</c> in <c>bpf/include</c>.</summary>
/// <remarks>Not keyed: only an administrator chooses VIPs, and a table with a chain of over 16 is refused when it is built.</remarks>
public static class VipHash
{
    /// <summary>The slot at which probing begins.</summary>
    /// <param name="half0">First eight bytes of the address (IPv4 is v4-mapped) as loaded, little-endian.</param>
    /// <param name="half1">Last eight bytes of the address as loaded.</param>
    /// <param name="network">VNI of the network; 0 is the public network.</param>
    /// <param name="vipMask">Slots of one table less one.</param>
    public static uint Home(ulong half0, ulong half1, uint network, uint vipMask)
    {
        ulong x = ((half0 * 0x9E3779B97F4A7C15) + half1) ^ network;
        x ^= x >> 32; // neighbours differ in the top byte of a half, and a multiplication carries upwards only
        x *= 0xD6E8FEB86659FD93;
        return (uint)(x >> 32) & vipMask;
    }
}
