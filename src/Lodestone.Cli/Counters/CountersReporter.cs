using Lodestone.Agent.Trace;
using Lodestone.Cli.Trace;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

namespace Lodestone.Cli.Counters;

/// <summary>Reads the counters of what the maps serve.</summary>
internal sealed class CountersReporter(ObjectNames names, DeviceNames devices)
{
    private static readonly string[] ProtocolNames = ["tcp", "udp", "sctp"]; // by VipCounter.IndexOf

    /// <summary>Reads them.</summary>
    public CountersReport Report(PinnedDatapath datapath)
    {
        DatapathMaps maps = datapath.Read();
        return new CountersReport(
            [.. Verdicts(datapath)], [.. Vips(datapath, maps)], [.. Targets(datapath, maps)], names.Note is { } note ? [note] : []);
    }

    private static IEnumerable<VerdictCount> Verdicts(PinnedDatapath datapath)
    {
        for (int number = 1; number < Mirrors.VerdictMax; number++)
        {
            Counter counter = datapath.ReadVerdictCounter((Verdict)number);
            if (counter.Packets > 0)
            {
                VerdictText text = VerdictGuide.Of((Verdict)number);
                yield return new VerdictCount(number, text.Name, counter.Packets, counter.Bytes, text.Meaning);
            }
        }
    }

    private IEnumerable<VipCount> Vips(PinnedDatapath datapath, DatapathMaps maps)
    {
        int slots = (int)maps.Config.VipMask + 1;
        List<Vip> vips = VipTable.Read(maps.Vips.AsSpan(maps.Config.VipTable == 0 ? 0 : slots, slots));
        foreach (Vip vip in vips.OrderBy(vip => vip.Addr.IsIPv4 ? 0 : 1).ThenBy(vip => Convert.ToHexString(vip.Addr.ToIPAddress().GetAddressBytes()), StringComparer.Ordinal))
        {
            VipCounter counter = datapath.ReadVipCounter(vip.Id);
            yield return new VipCount(
                vip.Addr.ToString(), names.LoadBalancerOf(vip.Addr), counter.Packets, counter.Bytes, [.. Protocols(counter)], counter.Recorded, counter.Pinned, counter.Unrecorded);
        }
    }

    private static IEnumerable<ProtocolCount> Protocols(VipCounter counter)
    {
        for (int i = 0; i < ProtocolNames.Length; i++)
        {
            Counter protocol = counter.Protocols[i];
            if (protocol.Packets > 0)
            {
                yield return new ProtocolCount(ProtocolNames[i], protocol.Packets, protocol.Bytes);
            }
        }
    }

    private IEnumerable<TargetCount> Targets(PinnedDatapath datapath, DatapathMaps maps)
    {
        for (int index = 1; index < maps.Reals.Length; index++)
        {
            Real real = maps.Reals[index];
            ulong target = real.Target;
            if (target == 0)
            {
                continue;
            }

            Counter counter = datapath.ReadRealCounter((uint)index);
            string? device = real.Kind == RealKind.None ? null : devices.Of(real.Ifindex);
            yield return new TargetCount(
                (uint)index, names.NetworkInterfaceOf(target), real.Dst.ToString(), real.Kind, device, counter.Packets, counter.Bytes);
        }
    }
}
