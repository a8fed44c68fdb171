using System.Runtime.InteropServices;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;

namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>What the agent, time, or an end of the world does to tables under running flows. A number stands for one such change.</summary>
internal static class TableChange
{
    public static void Apply(uint change, DatapathMaps maps)
    {
        FuzzRandom random = new(change);
        switch (random.Next(8))
        {
            case 0 or 1:
                EndWindow(maps.Rings);
                break;
            case 2:
                Settle(maps.Rings);
                break;
            case 3:
                BeginWindow(random, maps.Rings, maps.Reals.Length);
                break;
            case 4 or 5:
                KillOrRevive(random, maps.Reals);
                break;
            case 6:
                foreach (ref Vip vip in maps.Vips.AsSpan())
                {
                    vip.Flags ^= vip.Flags != VipFlags.None && random.Next(2) == 0 ? VipFlags.UdpCurrent : VipFlags.None;
                }

                break;
            default:
                Age(maps.Flows, (byte)random.Next(1, 256));
                break;
        }
    }

    /// <summary>What learns, settles from now on.</summary>
    private static void EndWindow(RingSlot[] rings)
    {
        foreach (ref RingSlot slot in rings.AsSpan())
        {
            slot.Previous &= ~RingSlot.Learn;
        }
    }

    /// <summary>What settles is stable from now on.</summary>
    private static void Settle(RingSlot[] rings)
    {
        foreach (ref RingSlot slot in rings.AsSpan())
        {
            slot.Previous = (slot.Previous & RingSlot.Learn) != 0 ? slot.Previous : slot.Current;
        }
    }

    /// <summary>Some slots have another owner, or learn again.</summary>
    private static void BeginWindow(FuzzRandom random, RingSlot[] rings, int reals)
    {
        foreach (ref RingSlot slot in rings.AsSpan())
        {
            if (random.Next(3) == 0)
            {
                slot = new RingSlot { Current = (uint)random.Next(reals), Previous = (slot.Current & RingSlot.RealMask) | RingSlot.Consult | RingSlot.Learn };
            }
        }
    }

    private static void KillOrRevive(FuzzRandom random, Real[] reals)
    {
        int index = random.Next(1, reals.Length);
        reals[index] = reals[index].Kind == RealKind.None ? reals[random.Next(1, reals.Length)] : default;
    }

    /// <summary>So much time passes for every record.</summary>
    private static void Age(FlowBucket[] flows, byte by)
    {
        foreach (ref ulong word in MemoryMarshal.Cast<FlowBucket, ulong>(flows.AsSpan()))
        {
            FlowEntry entry = FlowEntry.FromWord(word);
            word = word == 0 ? 0 : (entry with { Age = (byte)(entry.Age - by) }).Word;
        }
    }
}
