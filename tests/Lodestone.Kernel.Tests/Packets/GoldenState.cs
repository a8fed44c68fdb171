using System.Globalization;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.TestKit.Packets;

namespace Lodestone.Kernel.Tests.Packets;

/// <summary>Turns <c>given</c> lines into tables.</summary>
/// <remarks>
/// real N encap|ipip|gue|geneve SRC > DST [target N] [mtu N] | peer N [mtu N] [translates] | device N MAC [mtu N] [translates] | dead;
/// vip ADDRESS PORTS -> N|none [previous N learn|settling] [announce] [udp-current] [by client/LEN | by pair] [was flow | was client/LEN | was pair] [any-fragment] [no-echo] [quic BYTES [quic-ports]] [network N], where PORTS is all, none, or a list such as
/// tcp:80,udp:53-60, also as bitmap:tcp:80; underlay ADDRESS peer N | device N MAC; quic ADDRESS [port N] config N id HEX -> N (behind the line of its VIP); prefix ADDRESS; vlans OUTER [INNER] (what the uplink serves); geneve ADDRESS NUMBER peer N | device N MAC; sources ADDRESS|nobody (others may not encapsulate to us); path SRC > DST [mtu N]; source ADDRESS own|vip|internal|link [network N] [mac MAC];
/// translate VIP... -> ADDRESS [at DEVICE] (of a NIC; with translates, real and underlay leave it to tc); route NETWORK ADDRESS real N (given before; network 0: of any); segments BYTES (made of the packet by a device); answers none (their rate is used up);
/// flow real N state S age N : PACKET, behind the line of its VIP, in units of the state's age; client real N state S age N : PACKET, of the client of the packet, by what its VIP, given
/// before, goes by; slot now|was -> N [previous N learn] : PACKET, the slot of the packet by what the VIP goes, or went, by.
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
            case "translate":
                Translate(words);
                break;
            case "underlay":
                datapath.Maps["underlay"].Update(DatapathAddress.Parse(words[1]), new UnderlayNic
                {
                    Kind = LocalKindOf(words[2]),
                    Ifindex = words.Length > 3 ? (uint)Number(words[3]) : 0,
                    Flags = FlagsOf(words),
                    Mac = words.Length > 4 && words[4] != "translates" ? PacketText.ParseMac(words[4]) : default,
                });
                break;
            case "geneve":
                datapath.Maps["geneve_nics"].Update(new GeneveKey { Dst = DatapathAddress.Parse(words[1]), Number = (uint)Number(words[2]) }, new UnderlayNic
                {
                    Kind = LocalKindOf(words[3]),
                    Ifindex = words.Length > 4 ? (uint)Number(words[4]) : 0,
                    Flags = FlagsOf(words),
                    Mac = words.Length > 5 && words[5] != "translates" ? PacketText.ParseMac(words[5]) : default,
                });
                break;
            case "sources":
                datapath.Config[0].Flags |= ConfigFlags.CheckSources;
                if (words[1] != "nobody")
                {
                    datapath.Maps["underlay_sources"].Update(DatapathAddress.Parse(words[1]), 1u);
                }

                break;
            case "path":
                datapath.Maps["path_mtus"].Update(DatapathAddress.Parse(words[3]), new PathMtu
                {
                    Src = DatapathAddress.Parse(words[1]),
                    Mtu = words.Length > 5 ? (uint)Number(words[5]) : 0,
                });
                break;
            case "quic":
                Vip served = VipOf(DatapathAddress.Parse(words[1]));
                datapath.Maps["quic_servers"].Update(
                    new QuicKey
                    {
                        Vip = served.Id,
                        Port = Option(words, "port") is { } port ? (ushort)Number(port) : (ushort)0,
                        Config = (byte)Number(Option(words, "config")!),
                        Len = served.QuicIdLen,
                        Server = QuicKey.ServerOf(Convert.FromHexString(Option(words, "id")!)),
                    },
                    (uint)Number(words[^1]));
                break;
            case "prefix":
                datapath.Config[0].UnderlayPrefix = DatapathAddress.Parse(words[1]).High;
                break;
            case "vlans":
                datapath.Config[0].Vlans = words.Length == 2 ? (uint)Number(words[1]) : (uint)Number(words[1]) | ((uint)Number(words[2]) << 16);
                break;
            case "answers":
                datapath.Maps["answer_limit"].UpdatePerCpu(0u, words[1] == "none" ? long.MaxValue : 0ul);
                break;
            case "source":
                datapath.AddSource(DatapathAddress.Parse(words[1]), ParseSource(words));
                break;
            case "route":
                datapath.Maps["routes"].Update(new RouteKey((uint)Number(words[1]), DatapathAddress.Parse(words[2])), datapath.Reals[Number(words[4])]);
                break;
            case "segments":
                datapath.SegmentBytes = (uint)Number(words[1]);
                break;
            case "flow":
                Record(FlowOf(PacketOf(line)), VipOf(PacketOf(line)), Number(words[2]), Enum.Parse<FlowState>(words[4], ignoreCase: true), Number(words[6]));
                break;
            case "client":
                Record(KeyOf(PacketOf(line), was: false), VipOf(PacketOf(line)), Number(words[2]), Enum.Parse<FlowState>(words[4], ignoreCase: true), Number(words[6]));
                break;
            case "slot":
                byte[] packet = PacketOf(line);
                int slot = (int)(VipOf(packet).RingBase + FlowHash.Slot(KeyOf(packet, was: words[1] == "was"), (int)VipOf(packet).RingShift));
                datapath.Slots[slot] = ParseSlot(words).Word;
                break;
            default:
                throw new FormatException($"given: there is no '{words[0]}'.");
        }
    }

    /// <summary>The entry of a packet's flow, as <c>state real N</c>, or <c>none</c>.</summary>
    internal string RecordOf(byte[] packet) => RecordOf(FlowOf(packet), VipOf(packet));

    /// <summary>The entry of a packet's client.</summary>
    internal string ClientRecordOf(byte[] packet) => RecordOf(KeyOf(packet, was: false), VipOf(packet));

    private string RecordOf(ulong hash, in Vip vip)
    {
        FlowBucket bucket = datapath.Flows[(int)FlowHash.Bucket(hash, DatapathUnderTest.FlowMask)];
        foreach (ulong word in bucket.Entries)
        {
            FlowEntry entry = FlowEntry.FromWord(word);
            if (word != 0 && entry.Tag == FlowHash.Tag(hash) && entry.Vip == (byte)vip.Id)
            {
                return $"{entry.State.ToString().ToLowerInvariant()} real {entry.Real}";
            }
        }

        return "none";
    }

    /// <summary>What has been learnt of the way to a destination, as <c>ADDRESS mtu N</c>, or <c>ADDRESS mtu unknown</c>.</summary>
    internal string PathTo(string destination)
    {
        Assert.True(datapath.Maps["path_mtus"].TryLookup(DatapathAddress.Parse(destination), out PathMtu path));
        return $"{destination} mtu {(path.Mtu == 0 ? "unknown" : path.Mtu.ToString(CultureInfo.InvariantCulture))}";
    }

    /// <summary>The hash of a packet's flow, computed by the C# side.</summary>
    internal static ulong FlowOf(ReadOnlySpan<byte> frame, uint network = 0)
    {
        ReadOnlySpan<byte> ip = frame[(14 + VlanTags.Read(frame, out _)!.Length)..];
        if (ip[0] >> 4 == 4)
        {
            return FlowHash.OfIPv4(DatapathUnderTest.Seed, BitConverter.ToUInt32(ip[12..]), BitConverter.ToUInt32(ip[16..]), BitConverter.ToUInt32(ip[20..]), ip[9], network);
        }

        return FlowHash.OfIPv6(
            DatapathUnderTest.Seed, BitConverter.ToUInt64(ip[8..]), BitConverter.ToUInt64(ip[16..]),
            BitConverter.ToUInt64(ip[24..]), BitConverter.ToUInt64(ip[32..]), BitConverter.ToUInt32(ip[40..]), ip[6], network);
    }

    /// <summary>VIPs at the NIC's device, and the NIC's own address that takes their place.</summary>
    private void Translate(string[] words)
    {
        int arrow = Array.IndexOf(words, "->");
        DatapathAddress own = DatapathAddress.Parse(words[arrow + 1]);
        uint device = Option(words, "at") is { } at ? (uint)Number(at) : (uint)datapath.NicIfindex;
        datapath.Config[0].Flags |= ConfigFlags.Translates;
        foreach (DatapathAddress address in words[1..arrow].Select(DatapathAddress.Parse).Append(own))
        {
            datapath.Maps["translations"].Update(new NicSourceKey { Ifindex = device, Addr = address }, own);
        }
    }

    private static NicFlags FlagsOf(string[] words) => words.Contains("translates") ? NicFlags.Translates : NicFlags.None;

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string? Option(string[] words, string name) => Array.IndexOf(words, name) is > 0 and int at ? words[at + 1] : null;

    private static NicSource ParseSource(string[] words) => new()
    {
        Kind = Enum.Parse<NicSourceKind>(words[2], ignoreCase: true),
        Network = Option(words, "network") is { } network ? (uint)Number(network) : 0,
        Mac = Option(words, "mac") is { } mac ? PacketText.ParseMac(mac) : default,
    };

    private static RealKind LocalKindOf(string word) => word switch
    {
        "peer" => RealKind.Peer,
        "stack" => RealKind.Stack,
        _ => RealKind.Device,
    };

    private static Real ParseReal(string[] words)
    {
        int mtu = Array.IndexOf(words, "mtu");
        Real real = new() { Mtu = mtu > 0 ? (ushort)Number(words[mtu + 1]) : (ushort)1500 };
        switch (words[2])
        {
            case "encap" or "ipip" or "gue" or "geneve":
                int target = Array.IndexOf(words, "target");
                DatapathAddress source = DatapathAddress.Parse(words[3]);
                RealKind kind = words[2] switch
                {
                    "encap" => RealKind.Encap,
                    "ipip" => RealKind.Ipip,
                    "gue" => source.IsIPv4 ? RealKind.GueIPv4 : RealKind.GueIPv6,
                    _ => source.IsIPv4 ? RealKind.GeneveIPv4 : RealKind.GeneveIPv6,
                };
                ulong identity = target > 0 ? ulong.Parse(words[target + 1], CultureInfo.InvariantCulture) : 1;
                return RealTemplate.Remote(
                    kind, identity, 0, PacketText.ParseMac("02::03"), PacketText.ParseMac("02::02"), source, DatapathAddress.Parse(words[5]), real.Mtu);
            case "peer":
                (real.Kind, real.Ifindex) = (RealKind.Peer, (uint)Number(words[3]));
                break;
            case "device":
                (real.Kind, real.Ifindex) = (RealKind.Device, (uint)Number(words[3]));
                PacketText.Parse($"eth 02::02 > {words[4]}").CopyTo(real.Eth);
                break;
            case "stack":
                real.Kind = RealKind.Stack;
                break;
            default:
                Assert.Equal("dead", words[2]);
                break;
        }

        real.Flags = FlagsOf(words);
        return real;
    }

    private void ApplyVip(string[] words)
    {
        Vip vip = new() { Addr = DatapathAddress.Parse(words[1]), Network = Option(words, "network") is { } network ? (uint)Number(network) : 0 };
        vip.Flags |= words.Contains("announce") ? VipFlags.Announce : VipFlags.None;
        vip.Flags |= words.Contains("udp-current") ? VipFlags.UdpCurrent : VipFlags.None;
        SetPorts(ref vip, words[2]);
        SetKeys(ref vip, words);
        string target = words[Array.IndexOf(words, "->") + 1];
        if (target == "none")
        {
            datapath.SetVip(vip, null);
            return;
        }

        datapath.SetVip(vip, ParseSlot(words).Word);
    }

    private static RingSlot ParseSlot(string[] words)
    {
        int previous = Array.IndexOf(words, "previous");
        uint flags = (words.Contains("learn") || words.Contains("settling") ? RingSlot.Consult : 0) | (words.Contains("learn") ? RingSlot.Learn : 0);
        uint formerly = previous > 0 ? (uint)Number(words[previous + 1]) : 0;
        return new RingSlot { Current = (uint)Number(words[Array.IndexOf(words, "->") + 1]), Previous = formerly | flags };
    }

    /// <summary>What slots go by, and went by.</summary>
    private static void SetKeys(ref Vip vip, string[] words)
    {
        vip.Flags |= words.Contains("any-fragment") ? VipFlags.AnyFragment : VipFlags.None;
        vip.Flags |= words.Contains("no-echo") ? VipFlags.NoEcho : VipFlags.None;
        if (Option(words, "quic") is { } bytes)
        {
            vip.Flags |= VipFlags.Quic;
            (vip.QuicIdLen, vip.QuicByPort) = ((byte)Number(bytes), words.Contains("quic-ports") ? (byte)1 : (byte)0);
        }

        int by = Array.IndexOf(words, "by");
        if (by > 0)
        {
            vip.Flags |= VipFlags.ByClient | (words[by + 1] == "pair" ? VipFlags.ByProtocol : VipFlags.None);
            vip.ClientMask = ParseMask(words[by + 1], vip.Addr.IsIPv4);
        }

        int was = Array.IndexOf(words, "was");
        if (was > 0)
        {
            vip.Flags |= VipFlags.Rekeyed | (words[was + 1] == "flow" ? VipFlags.None : VipFlags.OldByClient) | (words[was + 1] == "pair" ? VipFlags.OldByProtocol : VipFlags.None);
            vip.OldMask = words[was + 1] == "flow" ? default : ParseMask(words[was + 1], vip.Addr.IsIPv4);
        }
    }

    private static DatapathAddress ParseMask(string key, bool isIPv4)
    {
        int bits = (isIPv4 ? 96 : 0) + (key == "pair" ? (isIPv4 ? 32 : 128) : Number(key.Split('/')[1]));
        return DatapathAddress.Mask(bits);
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

    private static byte[] PacketOf(string line) => PacketText.Parse(line[(line.IndexOf(" : ", StringComparison.Ordinal) + 3)..]);

    private Vip VipOf(ReadOnlySpan<byte> frame) => VipOf(DatapathAddress.FromBytes(frame[14] >> 4 == 4 ? frame.Slice(30, 4) : frame.Slice(38, 16)));

    private Vip VipOf(DatapathAddress destination)
    {
        foreach (Vip vip in datapath.Vips.Span)
        {
            if (vip.Flags != VipFlags.None && vip.Addr == destination)
            {
                return vip;
            }
        }

        throw new FormatException($"given: {destination} is no VIP yet.");
    }

    /// <summary>What a packet's slot comes, or came, from, computed by the C# side.</summary>
    private ulong KeyOf(ReadOnlySpan<byte> frame, bool was)
    {
        Vip vip = VipOf(frame);
        bool isIPv4 = frame[14] >> 4 == 4;
        if (!vip.Flags.HasFlag(was ? VipFlags.OldByClient : VipFlags.ByClient))
        {
            return FlowOf(frame);
        }

        DatapathAddress client = DatapathAddress.FromBytes(isIPv4 ? frame.Slice(26, 4) : frame.Slice(22, 16));
        byte? protocol = vip.Flags.HasFlag(was ? VipFlags.OldByProtocol : VipFlags.ByProtocol) ? frame[isIPv4 ? 23 : 20] : null;
        return FlowHash.OfClient(DatapathUnderTest.Seed, client, was ? vip.OldMask : vip.ClientMask, vip.Addr, protocol, 0);
    }

    private void Record(ulong hash, in Vip vip, int real, FlowState state, int age)
    {
        ref FlowBucket bucket = ref datapath.Flows[(int)FlowHash.Bucket(hash, DatapathUnderTest.FlowMask)];
        Span<ulong> entries = bucket.Entries;
        FlowEntry fresh = FlowEntry.Fresh(vip.Id, FlowHash.Tag(hash), state, DatapathUnderTest.FlowClock, (uint)real);
        int place = state == FlowState.Syn ? 0 : FlowBucket.Ways;
        entries[place + entries[place..].IndexOf(0ul)] = (fresh with { Age = (byte)(fresh.Age - age) }).Word;
    }
}
