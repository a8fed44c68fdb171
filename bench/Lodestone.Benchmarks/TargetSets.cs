using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Ring;

namespace Lodestone.Benchmarks;

internal static class TargetSets
{
    public static ulong[] Create(int count)
    {
        ulong[] targets = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            targets[i] = TargetHash.Of($"nic-{i}");
        }

        return targets[..MaglevRing.Sort(targets)];
    }
}
