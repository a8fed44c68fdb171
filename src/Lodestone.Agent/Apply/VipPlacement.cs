using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Apply;

/// <summary>Tries out which VIPs find a slot in a table, before anything is made for them.</summary>
/// <remarks>
/// VIPs that are served are placed first, in the order of their slots and beginning behind an empty one. By induction each then
/// lands at its slot or nearer to its home, whoever has left meanwhile: a newcomer never costs one of them its place.
/// </remarks>
internal sealed class VipPlacement(int slots)
{
    private readonly bool[] _taken = new bool[slots];
    private int _count;

    /// <summary>Keys of a table that is served, in an order in which they can always be placed again.</summary>
    public static List<(uint Network, DatapathAddress Address)> OrderOf(ReadOnlySpan<Vip> table)
    {
        int start = 0;
        while (start < table.Length && table[start].Flags != VipFlags.None)
        {
            start++;
        }

        var order = new List<(uint Network, DatapathAddress Address)>();
        for (int i = 0; i < table.Length; i++)
        {
            ref readonly Vip vip = ref table[(start + i) & (table.Length - 1)];
            if (vip.Flags != VipFlags.None)
            {
                order.Add((vip.Network, vip.Addr));
            }
        }

        return order;
    }

    /// <summary>Takes a slot, at most half of all; false when there is none near enough to the VIP's home.</summary>
    public bool TryPlace((uint Network, DatapathAddress Address) key)
    {
        uint mask = (uint)_taken.Length - 1;
        uint slot = VipHash.Home(key.Address.High, key.Address.Low, key.Network, mask);
        for (int probe = 0; _count < _taken.Length / 2 && probe < VipTable.MaxProbes; probe++, slot = (slot + 1) & mask)
        {
            if (!_taken[slot])
            {
                _taken[slot] = true;
                _count++;
                return true;
            }
        }

        return false;
    }
}
