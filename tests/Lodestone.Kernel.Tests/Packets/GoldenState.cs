using System.Globalization;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>Turns <c>given</c> lines into tables.</summary>
/// <remarks>
/// real N encap SRC > DST [mtu N] | peer N [mtu N] | device N MAC [mtu N] | dead;
/// vip ADDRESS PORTS -> N|none [previous N learn|settling] [announce] [udp-current], where PORTS is all, none, or a list such as
/// tcp:80,udp:53-60, also as bitmap:tcp:80; underlay ADDRESS peer N | device N MAC; prefix ADDRESS; source ADDRESS own|vip; answers none (their rate is used up);
/// flow real N state S age N : PACKET.
/// </remarks>
internal sealed class GoldenState(DatapathUnderTest datapath)
{
    private static readonly Dictionary<string, byte> Protocols = new() { ["tcp"] = 6, ["udp"] = 17, ["sctp"] = 132 };

    internal void Apply(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words[0])
        {
            case "real":
                datapath.Reals[Number(words[1])] = ParseReal(words);
                break;
            case "vip":
                ApplyVip(words);
                break;
            case "underlay":
                datapath.Maps["underlay"].Update(DatapathAddress.Parse(words[1]), new UnderlayNic
                {
                    Kind = words[2] == "peer" ? RealKind.Peer : RealKind.Device,
                    Ifindex = (uint)Number(words[3]),
                    Mac = words.Length > 4 ? PacketText.ParseMac(words[4]) : default,
                });
                break;
            case "prefix":
                datapath.Config[0].UnderlayPrefix = DatapathAddress.Parse(words[1]).High;
                break;
            case "answers":
                datapath.Maps["answer_limit"].UpdatePerCpu(0u, words[1] == "none" ? long.MaxValue : 0ul);
                break;
            case "source":
                datapath.AddSource(DatapathAddress.Parse(words[1]), words[2] == "own" ? NicSource.Own : NicSource.Vip);
                break;
            case "flow":
                Record(PacketText.Parse(line[(line.IndexOf(" : ", StringComparison.Ordinal) + 3)..]), Number(words[2]), Enum.Parse<FlowState>(words[4], ignoreCase: true), Number(words[6]));
                break;
            default:
                throw new FormatException($"given: there is no '{words[0]}'.");
        }
    }

    /// <summary>The entry of a packet's flow, as <c>state real N</c>, or <c>none</c>.</summary>
    internal string RecordOf(byte[] packet)
    {
        ulong hash = FlowOf(packet);
        FlowBucket bucket = datapath.Flows[(int)FlowHash.Bucket(hash, DatapathUnderTest.FlowMask)];
        foreach (ulong entry in bucket.Entries)
        {
            if (entry != 0 && entry >> 34 == FlowHash.Tag(hash))
            {
                FlowState state = (FlowState)((entry >> 32) & 3);
                return $"{state.ToString().ToLowerInvariant()} real {entry & RingSlot.RealMask}";
            }
        }

        return "none";
    }

    /// <summary>The hash of a packet's flow, computed by the C# side.</summary>
    internal static ulong FlowOf(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> ip = frame[14..];
        if (ip[0] >> 4 == 4)
        {
            return FlowHash.OfIPv4(DatapathUnderTest.Seed, BitConverter.ToUInt32(ip[12..]), BitConverter.ToUInt32(ip[16..]), BitConverter.ToUInt32(ip[20..]), ip[9], 0);
        }

        return FlowHash.OfIPv6(
            DatapathUnderTest.Seed, BitConverter.ToUInt64(ip[8..]), BitConverter.ToUInt64(ip[16..]),
            BitConverter.ToUInt64(ip[24..]), BitConverter.ToUInt64(ip[32..]), BitConverter.ToUInt32(ip[40..]), ip[6], 0);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static Real ParseReal(string[] words)
    {
        int mtu = Array.IndexOf(words, "mtu");
        Real real = new() { Mtu = mtu > 0 ? (ushort)Number(words[mtu + 1]) : (ushort)1500 };
        switch (words[2])
        {
            case "encap":
                byte[] outer = PacketText.Parse($"eth 02::02 > 02::03 / ip6 {words[3]} > {words[5]}");
                outer.AsSpan(0, 14).CopyTo(real.Eth);
                outer.AsSpan(14).CopyTo(real.Ip6);
                real.Kind = RealKind.Encap;
                break;
            case "peer":
                (real.Kind, real.Ifindex) = (RealKind.Peer, (uint)Number(words[3]));
                break;
            case "device":
                (real.Kind, real.Ifindex) = (RealKind.Device, (uint)Number(words[3]));
                PacketText.Parse($"eth 02::02 > {words[4]}").CopyTo(real.Eth);
                break;
            default:
                Assert.Equal("dead", words[2]);
                break;
        }

        return real;
    }

    private void ApplyVip(string[] words)
    {
        Vip vip = new() { Addr = DatapathAddress.Parse(words[1]) };
        vip.Flags |= words.Contains("announce") ? VipFlags.Announce : VipFlags.None;
        vip.Flags |= words.Contains("udp-current") ? VipFlags.UdpCurrent : VipFlags.None;
        SetPorts(ref vip, words[2]);
        string target = words[Array.IndexOf(words, "->") + 1];
        if (target == "none")
        {
            datapath.SetVip(vip, null);
            return;
        }

        int previous = Array.IndexOf(words, "previous");
        uint flags = (words.Contains("learn") || words.Contains("settling") ? RingSlot.Consult : 0) | (words.Contains("learn") ? RingSlot.Learn : 0);
        uint formerly = previous > 0 ? (uint)Number(words[previous + 1]) : 0;
        datapath.SetVip(vip, new RingSlot { Current = (uint)Number(target), Previous = formerly | flags }.Word);
    }

    private void SetPorts(ref Vip vip, string text)
    {
        bool bitmap = text.StartsWith("bitmap:", StringComparison.Ordinal);
        vip.Flags |= text == "all" ? VipFlags.AllPorts : bitmap ? VipFlags.PortBitmap : VipFlags.None;
        if (text is "all" or "none")
        {
            return;
        }

        foreach (string rule in (bitmap ? text[7..] : text).Split(','))
        {
            string[] parts = rule.Split(':', '-');
            byte protocol = Protocols[parts[0]];
            (int from, int to) = (Number(parts[1]), Number(parts[^1]));
            if (!bitmap)
            {
                vip.Ranges[(int)vip.RangeCount++] = new PortRange { Proto = protocol, From = (ushort)from, To = (ushort)to };
            }

            for (int port = from; bitmap && port <= to; port++)
            {
                int plane = protocol == 6 ? 0 : protocol == 17 ? 1 : 2;
                datapath.Bitmaps[(plane * 1024) + (port / 64)] |= 1ul << (port % 64);
            }
        }
    }

    private void Record(byte[] packet, int real, FlowState state, int age)
    {
        ulong hash = FlowOf(packet);
        byte then = (byte)(DatapathUnderTest.FlowClock - age);
        ref FlowBucket bucket = ref datapath.Flows[(int)FlowHash.Bucket(hash, DatapathUnderTest.FlowMask)];
        Span<ulong> entries = bucket.Entries;
        entries[entries.IndexOf(0ul)] = ((ulong)FlowHash.Tag(hash) << 34) | ((ulong)state << 32) | ((ulong)then << 24) | (uint)real;
    }
}
