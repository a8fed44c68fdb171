using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Counters;

/// <summary>Reads counters of what a state serves.</summary>
internal static class CounterReader
{
    /// <summary>Reads and sums the CPUs' values. May run beside an application: it writes nothing.</summary>
    public static CounterSnapshot Read(IDatapathMaps maps, AgentState state)
    {
        ImmutableArray<VipTotals>.Builder vips = ImmutableArray.CreateBuilder<VipTotals>();
        ImmutableArray<RealTotals>.Builder reals = ImmutableArray.CreateBuilder<RealTotals>();
        var uids = new Dictionary<ulong, string>();
        foreach (VipModel vip in state.Desired.Vips)
        {
            if (state.VipIds.TryGetValue(vip.Key, out uint id))
            {
                vips.Add(new VipTotals(vip.Network, vip.Address, vip.LoadBalancer, maps.ReadVipCounter(id)));
            }

            foreach (TargetModel target in vip.Routing.Targets.Values)
            {
                uids[target.Target] = target.Uid;
            }
        }

        foreach (RealModel real in state.Desired.Reals)
        {
            if (state.RealIndexes.TryGetValue(real.Target, out uint index))
            {
                reals.Add(new RealTotals(real.Target, uids.GetValueOrDefault(real.Target, ""), real.Kind, maps.ReadRealCounter(index)));
            }
        }

        ImmutableSortedDictionary<Verdict, Counter>.Builder verdicts = ImmutableSortedDictionary.CreateBuilder<Verdict, Counter>();
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
        {
            Counter counter = maps.ReadVerdictCounter(verdict);
            if (counter.Packets > 0)
            {
                verdicts[verdict] = counter;
            }
        }

        return new CounterSnapshot(vips.ToImmutable(), reals.ToImmutable(), verdicts.ToImmutable());
    }
}
