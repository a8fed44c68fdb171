using System.Text;
using Lodestone.Agent.Apply;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>What packets meet in the maps, as text: by target instead of index, wherever in the arrays it lies.</summary>
internal static class DatapathText
{
    public static string Describe(IDatapathMaps maps)
    {
        var lines = new List<string>();
        foreach (Vip vip in VipTable.Read(Served(maps)))
        {
            var text = new StringBuilder($"vip {(vip.Network == 0 ? "" : $"{vip.Network} ")}{vip.Addr} {vip.Flags} ports {vip.RangeCount}");
            foreach (PortRange range in ((ReadOnlySpan<PortRange>)vip.Ranges)[..(int)vip.RangeCount])
            {
                text.Append($" {range.Proto}:{range.From}-{range.To}");
            }

            if (vip.Flags.HasFlag(VipFlags.PortBitmap))
            {
                ulong hash = 0;
                foreach (ulong word in maps.PortBitmaps.Slice((int)vip.PortBitmapBase, PortRules.BitmapWords))
                {
                    hash = (hash * 31) + word;
                }

                text.Append($" bitmap {hash:x}");
            }

            foreach (RingSlot slot in VipWriter.RingOf(maps, vip))
            {
                text.Append($" {Target(maps, slot.Current):x}/{Target(maps, slot.Previous & RingSlot.RealMask):x}/{slot.Previous >> 30}");
            }

            lines.Add(text.ToString());
        }

        foreach (Real real in maps.Reals)
        {
            if (real.Kind != RealKind.None)
            {
                lines.Add($"real {real.Kind} {real.Ifindex} {real.Mtu} {Convert.ToHexString(real.Eth)} {real.Target:x} {real.Src} > {real.Dst}");
            }
        }

        lines.AddRange(maps.Underlay.ReadAll().Select(e => $"underlay {e.Key} {e.Value.Ifindex} {e.Value.Kind} {e.Value.Network}"));
        lines.AddRange(maps.Translations.ReadAll().Select(e => $"translation {e.Key.Ifindex} {e.Key.Addr} {e.Value}"));
        lines.AddRange(maps.NicSources.ReadAll().Select(e => $"source {e.Key.Ifindex} {e.Key.Addr} {e.Value.Kind} {e.Value.Network}"));
        lines.AddRange(maps.Routes.ReadAll().Select(e => Describe(e.Key, e.Value)));
        lines.AddRange(maps.GeneveNics.ReadAll().Select(e => $"geneve {e.Key.Dst} {e.Key.Number} {e.Value.Ifindex} {e.Value.Kind} {e.Value.Network}"));
        lines.AddRange(maps.QuicServers.ReadAll().Select(e => $"quic {e.Key} {maps.Reals[(int)e.Value].Target}"));
        lines.AddRange(maps.UnderlaySources.ReadAll().Select(e => $"from {e.Key} {maps.Config.Flags}"));
        lines.AddRange(maps.PathMtus.ReadAll().Select(e => $"path {e.Value.Src} > {e.Key} {e.Value.Mtu}"));
        lines.Sort(StringComparer.Ordinal);
        return string.Join('\n', lines);
    }

    private static string Describe(RouteKey key, Real real) =>
        $"route {key.Network} {key.Addr} {real.Kind} {real.Ifindex} {real.Mtu} {Convert.ToHexString(real.Eth)} {real.Src} {real.Dst}";

    public static string DescribeVips(IDatapathMaps maps) =>
        string.Join('\n', Describe(maps).Split('\n').Where(line => line.StartsWith("vip", StringComparison.Ordinal)));

    public static Vip Find(IDatapathMaps maps, string address)
    {
        int slot = VipTable.Find(Served(maps), DatapathAddress.Parse(address), 0);
        return slot < 0 ? default : Served(maps)[slot];
    }

    /// <summary>Targets of a ring, and how many slots each owns.</summary>
    public static Dictionary<ulong, int> Shares(IDatapathMaps maps, string address)
    {
        var shares = new Dictionary<ulong, int>();
        foreach (RingSlot slot in VipWriter.RingOf(maps, Find(maps, address)))
        {
            ulong target = Target(maps, slot.Current);
            shares[target] = shares.GetValueOrDefault(target) + 1;
        }

        return shares;
    }

    public static ulong Target(IDatapathMaps maps, uint index) => maps.Reals[(int)index].Target;

    private static ReadOnlySpan<Vip> Served(IDatapathMaps maps) => maps.Vips.Slice((int)maps.Config.VipTable * (maps.Vips.Length / 2), maps.Vips.Length / 2);
}
