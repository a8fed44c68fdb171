using System.Numerics;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Tables;

/// <summary>One VIP table: open addressing, linear probing from <see cref="VipHash.Home"/>, no deletion.</summary>
/// <remarks>Written whole into the table that is not served, then switched; so a packet never sees half of one.</remarks>
public static class VipTable
{
    /// <summary>How many slots a probe looks at; a table in which a VIP lies further from its home is refused.</summary>
    public const int MaxProbes = 16;

    /// <summary>The smallest table that holds so many VIPs at half load.</summary>
    public static int SlotsFor(int vips) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(vips, 1) * 2);

    /// <summary>Writes a table.</summary>
    /// <param name="vips">The VIPs, each (address, network) once. <see cref="VipFlags.Used"/> is added.</param>
    /// <param name="table">The whole table, a power of two; what it held is overwritten.</param>
    /// <exception cref="VipTableFullException">The table is too small for these VIPs. It holds nothing then.</exception>
    /// <exception cref="ArgumentException">A VIP occurs twice, or the table is not a power of two.</exception>
    public static void Build(ReadOnlySpan<Vip> vips, Span<Vip> table)
    {
        if (!BitOperations.IsPow2(table.Length))
        {
            throw new ArgumentException($"a VIP table has 2^k slots, not {table.Length}", nameof(table));
        }

        table.Clear();
        if (vips.Length > table.Length / 2)
        {
            throw VipTableFullException.ForLoad(vips.Length, table.Length);
        }

        foreach (ref readonly Vip vip in vips)
        {
            Insert(vip, table);
        }
    }

    /// <summary>The slot of a VIP, or -1: the probe of the packet programs.</summary>
    public static int Find(ReadOnlySpan<Vip> table, DatapathAddress address, uint network)
    {
        uint mask = (uint)(table.Length - 1);
        uint slot = VipHash.Home(address.High, address.Low, network, mask);
        for (int probe = 0; probe < MaxProbes; probe++, slot = (slot + 1) & mask)
        {
            ref readonly Vip candidate = ref table[(int)slot];
            if (candidate.Flags == VipFlags.None)
            {
                return -1;
            }

            if (candidate.Addr == address && candidate.Network == network)
            {
                return (int)slot;
            }
        }

        return -1;
    }

    /// <summary>The VIPs of a table that was read back, in the order of its slots.</summary>
    public static List<Vip> Read(ReadOnlySpan<Vip> table)
    {
        List<Vip> vips = [];
        foreach (ref readonly Vip vip in table)
        {
            if (vip.Flags != VipFlags.None)
            {
                vips.Add(vip);
            }
        }

        return vips;
    }

    private static void Insert(in Vip vip, Span<Vip> table)
    {
        uint mask = (uint)(table.Length - 1);
        uint slot = VipHash.Home(vip.Addr.High, vip.Addr.Low, vip.Network, mask);
        for (int probe = 0; probe < MaxProbes; probe++, slot = (slot + 1) & mask)
        {
            ref Vip candidate = ref table[(int)slot];
            if (candidate.Flags == VipFlags.None)
            {
                candidate = vip;
                candidate.Flags |= VipFlags.Used;
                return;
            }

            if (candidate.Addr == vip.Addr && candidate.Network == vip.Network)
            {
                table.Clear();
                throw new ArgumentException($"VIP {vip.Addr} of network {vip.Network} occurs twice", nameof(vip));
            }
        }

        table.Clear();
        throw VipTableFullException.ForProbes(vip.Addr, table.Length);
    }
}
