using System.Globalization;
using System.Text;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Kernel.Tests.Model;
using Lodestone.Kernel.Tests.Packets;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>A difference as a golden case. The notation gives a VIP's ring one word, so that of the slot which the packet meets is looked for by trying.</summary>
internal static class FuzzGolden
{
    /// <summary>The text of a case; its last line tells whether the case, too, shows a difference.</summary>
    public static string Of(FuzzFailure failure)
    {
        DatapathMaps maps = new RandomMaps(new FuzzRandom(failure.Seed)).Create(0);
        Vip[] vips = [.. maps.Vips.Skip((int)maps.Config.VipTable * (maps.Vips.Length / 2)).Take(maps.Vips.Length / 2).Where(v => v.Flags != VipFlags.None)];
        using DatapathUnderTest datapath = new();
        string? first = null;
        for (int slot = 0; slot < maps.Rings.Length / RandomMaps.VipCount; slot++)
        {
            string text = Try(failure, datapath, [.. Given(maps, vips, slot)], out bool differs);
            first ??= text;
            if (differs)
            {
                return text;
            }
        }

        return first + (failure.Packets.Any(p => p.Change != 0) ? "(tables change between the packets, which is left out here)\n" : string.Empty) + "(this case by itself shows no difference: it needs the flow table or the hash of the configuration)";
    }

    private static string Try(FuzzFailure failure, DatapathUnderTest datapath, string[] given, out bool differs)
    {
        datapath.Reset();
        GoldenState state = new(datapath);
        StringBuilder text = new("What the model says and the program does not do.\n");
        text.Append(failure.Packets[^1].AtNic ? "at       nic\n" : string.Empty);
        foreach (string line in given)
        {
            state.Apply(line);
            text.Append(CultureInfo.InvariantCulture, $"given    {line}\n");
        }

        DatapathMaps maps = Copy(datapath);
        DatapathModel model = new(maps);
        uint now = FlowTable.Clock((ulong)Environment.TickCount64 * 1_000_000);
        differs = false;
        foreach (FuzzPacket packet in failure.Packets.Where(p => p.AtNic == failure.Packets[^1].AtNic))
        {
            maps.AnswersLeft = packet.AnswersLeft ? 1 : 0;
            state.Apply(packet.AnswersLeft ? "answers some" : "answers none");
            text.Append(packet.AnswersLeft ? string.Empty : "given    answers none\n");
            PacketResult expected = packet.AtNic ? model.AtNic(packet.Frame, RandomMaps.NicDevice, now) : model.AtUplink(packet.Frame, now);
            byte[] output = new byte[packet.Frame.Length + 1024];
            uint action = datapath.Programs[packet.AtNic ? "lodestone_nic" : "lodestone_xdp"].TestRun(packet.Frame, output, out int length);
            differs |= FuzzWorker.Difference(expected, packet.AtNic, action, output.AsSpan(0, length)) is not null;
            string outcome = expected.Packet.AsSpan().SequenceEqual(packet.Frame) ? "unchanged" : PacketText.Format(expected.Packet);
            text.Append(CultureInfo.InvariantCulture, $"in       {PacketText.Format(packet.Frame)}\nout      {outcome}\n");
            text.Append(expected.Action switch
            {
                PacketAction.DeliverToPeer => string.Create(CultureInfo.InvariantCulture, $"to       peer {expected.Ifindex}\n"),
                PacketAction.Redirect when !packet.AtNic => string.Create(CultureInfo.InvariantCulture, $"to       device {expected.Ifindex}\n"),
                _ => string.Empty,
            });
            text.Append(CultureInfo.InvariantCulture, $"verdict  {expected.Verdict.ToCName()}\n");
        }

        return text.ToString();
    }

    private static DatapathMaps Copy(DatapathUnderTest datapath)
    {
        DatapathMaps maps = new()
        {
            Config = datapath.Config[0],
            Vips = datapath.Vips.Span.ToArray(),
            Rings = [.. datapath.Slots.Span.ToArray().Select(RingSlot.FromWord)],
            Reals = datapath.Reals.Span.ToArray(),
            Flows = datapath.Flows.Span.ToArray(),
            PortBitmaps = datapath.Bitmaps.Span.ToArray(),
            VipStats = new VipCounter[16],
        };
        foreach (DatapathAddress key in datapath.Maps["underlay"].Keys<DatapathAddress>())
        {
            datapath.Maps["underlay"].TryLookup(key, out UnderlayNic nic);
            maps.Underlay[key] = nic;
        }

        foreach (QuicKey key in datapath.Maps["quic_servers"].Keys<QuicKey>())
        {
            datapath.Maps["quic_servers"].TryLookup(key, out uint real);
            maps.QuicServers[key] = real;
        }

        foreach (NicSourceKey key in datapath.Maps["nic_sources"].Keys<NicSourceKey>())
        {
            datapath.Maps["nic_sources"].TryLookup(key, out NicSource source);
            maps.NicSources[(key.Ifindex, key.Addr)] = source;
        }

        foreach (RouteKey key in datapath.Maps["routes"].Keys<RouteKey>())
        {
            datapath.Maps["routes"].TryLookup(key, out Real real);
            maps.Routes[key] = real;
        }

        foreach (NicSourceKey key in datapath.Maps["translations"].Keys<NicSourceKey>())
        {
            datapath.Maps["translations"].TryLookup(key, out DatapathAddress own);
            maps.Translations[(key.Ifindex, key.Addr)] = own;
        }

        return maps;
    }

    private static IEnumerable<string> Given(DatapathMaps maps, Vip[] vips, int slot)
    {
        for (int i = 1; i < maps.Reals.Length; i++)
        {
            yield return $"real {i} {RealText(maps.Reals[i])}";
        }

        foreach (Vip vip in vips)
        {
            RingSlot word = maps.Rings[vip.RingBase + slot];
            uint flags = word.Previous & (RingSlot.Consult | RingSlot.Learn);
            string transition = flags == 0 ? string.Empty
                : $" previous {word.Previous & RingSlot.RealMask} {((flags & RingSlot.Learn) != 0 ? "learn" : "settling")}";
            string quic = vip.Flags.HasFlag(VipFlags.Quic) ? $" quic {vip.QuicIdLen}{(vip.QuicByPort == 0 ? "" : " quic-ports")}" : "";
            yield return $"vip {vip.Addr} {PortText(maps, vip)} -> {(vip.RingShift == 0 ? "none" : word.Current.ToString(CultureInfo.InvariantCulture) + transition)}"
                + (vip.Flags.HasFlag(VipFlags.Announce) ? " announce" : string.Empty) + (vip.Flags.HasFlag(VipFlags.UdpCurrent) ? " udp-current" : string.Empty)
                + quic + (vip.Network == 0 ? string.Empty : $" network {vip.Network}");
            foreach ((QuicKey key, uint real) in maps.QuicServers.Where(entry => entry.Key.Vip == vip.Id && entry.Key.Len == vip.QuicIdLen))
            {
                string id = Convert.ToHexString(BitConverter.GetBytes(key.Server).AsSpan(0, key.Len));
                yield return $"quic {vip.Addr} port {key.Port} config {key.Config} id {id} -> {real}";
            }
        }

        foreach ((DatapathAddress address, UnderlayNic nic) in maps.Underlay)
        {
            yield return $"underlay {address} {NicText(nic)}";
        }

        foreach ((GeneveKey key, UnderlayNic nic) in maps.GeneveNics)
        {
            yield return $"geneve {key.Dst} {key.Number} {NicText(nic)}";
        }

        if (maps.Config.Flags.HasFlag(ConfigFlags.CheckSources))
        {
            yield return "sources nobody";
        }

        foreach (DatapathAddress source in maps.UnderlaySources)
        {
            yield return $"sources {source}";
        }

        foreach ((DatapathAddress destination, PathMtu path) in maps.PathMtus)
        {
            yield return $"path {path.Src} > {destination} mtu {path.Mtu}";
        }

        if (maps.Config.UnderlayPrefix != 0)
        {
            yield return "prefix 2001:db8:f::";
        }

        foreach (((uint _, DatapathAddress address), NicSource source) in maps.NicSources)
        {
            string mac = source.Mac == default ? "" : $" mac {source.Mac}";
            yield return $"source {address} {source.Kind.ToString().ToLowerInvariant()} network {source.Network}{mac}";
        }

        foreach (((uint device, DatapathAddress address), DatapathAddress own) in maps.Config.Flags.HasFlag(ConfigFlags.Translates) ? maps.Translations : [])
        {
            yield return $"translate {address} -> {own} at {device}";
        }

        foreach ((RouteKey key, Real real) in maps.Routes)
        {
            int index = real.Kind == RealKind.None ? 0 : Array.FindIndex(maps.Reals, r => r.Kind == real.Kind && r.Dst == real.Dst && r.Mtu == real.Mtu);
            yield return $"route {key.Network} {key.Addr} real {index}";
        }
    }

    private static string NicText(UnderlayNic nic) => (nic.Kind == RealKind.Peer ? $"peer {nic.Ifindex}" : $"device {nic.Ifindex} {nic.Mac}") + Translates(nic.Flags);

    private static string Translates(NicFlags flags) => flags.HasFlag(NicFlags.Translates) ? " translates" : string.Empty;

    private static string RealText(Real real)
    {
        string? form = real.Kind switch
        {
            RealKind.Encap => "encap",
            RealKind.Ipip => "ipip",
            RealKind.GueIPv4 or RealKind.GueIPv6 => "gue",
            RealKind.GeneveIPv4 or RealKind.GeneveIPv6 => "geneve",
            _ => null,
        };
        return real.Kind switch
        {
            _ when form is not null => $"{form} {real.Src} > {real.Dst} target {real.Target} mtu {real.Mtu}",
            RealKind.Peer => $"peer {real.Ifindex} mtu {real.Mtu}{Translates(real.Flags)}",
            RealKind.Device => $"device {real.Ifindex} {MacAddress.FromBytes(real.Eth)} mtu {real.Mtu}{Translates(real.Flags)}",
            _ => "dead",
        };
    }

    private static string PortText(DatapathMaps maps, Vip vip)
    {
        if (vip.Flags.HasFlag(VipFlags.AllPorts))
        {
            return "all";
        }

        if (vip.Flags.HasFlag(VipFlags.PortBitmap))
        {
            string[] protocols = ["tcp", "udp", "sctp"];
            return "bitmap:" + string.Join(',', Enumerable.Range(0, 3 * 65536)
                .Where(bit => (maps.PortBitmaps[vip.PortBitmapBase + (bit / 64)] >> (bit % 64) & 1) != 0)
                .Select(bit => $"{protocols[bit / 65536]}:{bit % 65536}"));
        }

        return vip.RangeCount == 0 ? "none" : string.Join(',', ((ReadOnlySpan<PortRange>)vip.Ranges)[..(int)vip.RangeCount].ToArray()
            .Select(r => $"{(r.Proto == 6 ? "tcp" : r.Proto == 17 ? "udp" : "sctp")}:{r.From}-{r.To}"));
    }
}
