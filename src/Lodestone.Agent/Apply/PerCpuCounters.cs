using Lodestone.Bpf;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Apply;

/// <summary>Sums what the CPUs have counted.</summary>
internal static class PerCpuCounters
{
    /// <summary>Packets and bytes under an index of <c>verdicts</c> or <c>real_stats</c>; zero where there is no such index.</summary>
    public static Counter Sum(BpfMap map, uint index)
    {
        Counter total = default;
        Counter[] perCpu = new Counter[BpfMap.PossibleCpus];
        if (map.TryLookupPerCpu(index, perCpu.AsSpan()))
        {
            foreach (Counter cpu in perCpu)
            {
                total.Packets += cpu.Packets;
                total.Bytes += cpu.Bytes;
            }
        }

        return total;
    }

    /// <summary>The same of <c>vip_stats</c>.</summary>
    public static VipCounter SumVip(BpfMap map, uint id)
    {
        VipCounter total = default;
        VipCounter[] perCpu = new VipCounter[BpfMap.PossibleCpus];
        if (map.TryLookupPerCpu(id, perCpu.AsSpan()))
        {
            foreach (VipCounter cpu in perCpu)
            {
                total.Add(cpu);
            }
        }

        return total;
    }
}
