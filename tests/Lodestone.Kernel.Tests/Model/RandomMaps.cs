using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Ring;
using Lodestone.Datapath.Tables;

namespace Lodestone.Kernel.Tests.Model;

/// <summary>Random contents of the maps: slots of every kind, reals of every kind, a flow table small enough to be full.</summary>
internal sealed class RandomMaps(Random random)
{
    public const int VipSlots = 32;
    public const int VipCount = 6;
    public const int RealCount = 8;
    public const int FlowBuckets = 4;
    public const int RingSlots = VipCount << MaglevRing.MinSizeLog2;
    public const int BitmapWords = 2 * PortRules.BitmapWords;

    /// <summary>NICs that Geneve names at an address.</summary>
    public const uint GeneveNumbers = 3;

    private static readonly DatapathAddress OwnIPv4 = DatapathAddress.Parse("203.0.113.100");
    private static readonly DatapathAddress OwnIPv6 = DatapathAddress.Parse("2001:db8:e::1");

    /// <summary>The only device that is in every network namespace: test runs of tc programs have it by default.</summary>
    public const uint NicDevice = 1;

    /// <summary>The network of nearly everything that is not public.</summary>
    private const uint NicNetwork = 7;

    private static readonly MacAddress NicMac = MacAddress.FromBytes(RandomPackets.KnownMac);

    /// <summary>Packets come from these too, but go to them only by a route.</summary>
    private static readonly DatapathAddress[] Routers = [DatapathAddress.Parse("192.0.2.1"), DatapathAddress.Parse("2001:db8::fe"), DatapathAddress.Parse("2001:db8::77")];

    private static readonly DatapathAddress[] Candidates =
    [
        DatapathAddress.Parse("198.51.100.1"), DatapathAddress.Parse("203.0.113.2"), DatapathAddress.Parse("192.0.2.3"),
        DatapathAddress.Parse("2001:db8::1"), DatapathAddress.Parse("2001:db8::2"), DatapathAddress.Parse("2001:db8:f::3"),
        DatapathAddress.Parse("2001:db8:f::4"), DatapathAddress.Parse("fe80::5"), DatapathAddress.Parse("192.0.2.77"),
    ];

    /// <summary>Health checks come from these, and are answered to them.</summary>
    private static readonly DatapathAddress[] Probers = [ProbeAddresses.IPv4, ProbeAddresses.IPv6];

    /// <summary>Addresses that packets are from and to: VIPs, NICs, others.</summary>
    public static IReadOnlyList<DatapathAddress> Addresses => Candidates;

    /// <summary>The same and, of what comes and goes at NICs, those of health checks.</summary>
    public static IReadOnlyList<DatapathAddress> NicAddresses { get; } = [.. Candidates, .. Probers];

    public DatapathMaps Create(uint now)
    {
        DatapathMaps maps = new()
        {
            Config = new DatapathConfig
            {
                HashSeed0 = (ulong)random.NextInt64(),
                HashSeed1 = (ulong)random.NextInt64(),
                UplinkIfindex = 1,
                VipMask = (VipSlots / 2) - 1,
                VipTable = (uint)random.Next(2),
                FlowMask = FlowBuckets - 1,
                UplinkMac = Mac(),
                UplinkMtu = 1500,
                LayoutVersion = DatapathConfig.CurrentLayoutVersion,
                Vlans = random.Next(8) switch { 0 => 100, 1 => 7 | (100 << 16), _ => 0u },
                Flags = (ConfigFlags)random.Next(4),
                Listening = random.Next(2) == 0 ? Listening.None : (Listening)random.Next(8), // what a packet meets does not depend on it
                UnderlayPrefix = random.Next(2) == 0 ? 0 : DatapathAddress.Parse("2001:db8:f::").High,
            },
            Vips = new Vip[VipSlots],
            Rings = new RingSlot[RingSlots],
            Reals = new Real[RealCount],
            Flows = new FlowBucket[FlowBuckets],
            PortBitmaps = new ulong[BitmapWords],
            VipStats = new VipCounter[VipCount],
        };
        FillVips(maps);
        FillRings(maps.Rings);
        FillReals(maps.Reals);
        FillFlows(maps.Flows, now);
        FillNics(maps);
        FillUnderlay(maps);
        FillTranslations(maps);
        return maps;
    }

    private void FillVips(DatapathMaps maps)
    {
        DatapathAddress[] shuffled = [.. Candidates];
        random.Shuffle(shuffled);
        Vip[] vips = new Vip[VipCount];
        for (int i = 0; i < VipCount; i++)
        {
            vips[i] = new Vip
            {
                Addr = shuffled[i],
                Network = random.Next(2) == 0 ? 0 : NicNetwork,
                Id = (uint)i,
                RingBase = (uint)(i << MaglevRing.MinSizeLog2),
                RingShift = random.Next(8) == 0 ? 0 : RegionAllocator.RingShift(1 << MaglevRing.MinSizeLog2),
            };
            PortRules rules = Rules();
            rules.ApplyTo(ref vips[i], (uint)(i % 2 * PortRules.BitmapWords));
            vips[i].Flags |= (VipFlags)(random.Next(2) * (int)VipFlags.Announce) | (VipFlags)(random.Next(2) * (int)VipFlags.UdpCurrent);
            FillKeys(ref vips[i]);
            FillQuic(ref vips[i], maps);
            if (rules.NeedsBitmap)
            {
                rules.WriteBitmap(maps.PortBitmaps.AsSpan((int)vips[i].PortBitmapBase));
            }
        }

        VipTable.Build(vips, maps.Vips.AsSpan((int)maps.Config.VipTable * VipSlots / 2, VipSlots / 2));
    }

    /// <summary>What slots go by, and went by.</summary>
    private void FillKeys(ref Vip vip)
    {
        vip.Flags |= random.Next(4) == 0 ? VipFlags.NoEcho : 0;
        if (random.Next(2) == 0)
        {
            vip.Flags |= VipFlags.ByClient | (VipFlags)(random.Next(2) * (int)VipFlags.ByProtocol) | (VipFlags)(random.Next(2) * (int)VipFlags.AnyFragment);
            vip.ClientMask = Mask();
        }

        if (random.Next(3) == 0)
        {
            vip.Flags |= VipFlags.Rekeyed;
            if (random.Next(2) == 0)
            {
                vip.Flags |= VipFlags.OldByClient | (VipFlags)(random.Next(2) * (int)VipFlags.OldByProtocol);
                vip.OldMask = Mask();
            }
        }
    }

    /// <summary>Servers of few IDs, in most configurations; some are dead.</summary>
    private void FillQuic(ref Vip vip, DatapathMaps maps)
    {
        if (random.Next(2) == 0)
        {
            return;
        }

        vip.Flags |= VipFlags.Quic;
        (vip.QuicIdLen, vip.QuicByPort) = ((byte)random.Next(1, QuicKey.MaxIdBytes + 1), (byte)random.Next(2));
        for (int i = 0; i < 12; i++)
        {
            byte[] id = new byte[vip.QuicIdLen];
            Array.Fill(id, (byte)random.Next(RandomPackets.QuicServers));
            maps.QuicServers[new QuicKey
            {
                Vip = vip.Id,
                Port = vip.QuicByPort == 0 ? (ushort)0 : RandomPackets.QuicPorts[random.Next(RandomPackets.QuicPorts.Count)],
                Config = (byte)random.Next(QuicKey.Unroutable + 1), // the last is never looked for
                Len = vip.QuicIdLen,
                Server = QuicKey.ServerOf(id),
            }] = (uint)random.Next(RealCount);
        }
    }

    private DatapathAddress Mask() => DatapathAddress.Parse(random.Next(3) switch { 0 => "ffff:ffff:ffff::", 1 => "ffff:ffff:ffff:ffff::ff:0", _ => "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" });

    private PortRules Rules()
    {
        int count = random.Next(3) switch { 0 => 0, 1 => random.Next(1, 9), _ => random.Next(9, 30) };
        byte[] protocols = [6, 17, 132];
        return PortRules.Create(Enumerable.Range(0, count).Select(i => new PortRange
        {
            Proto = protocols[random.Next(3)],
            From = (ushort)(i * 30),
            To = (ushort)((i * 30) + random.Next(30)),
        }));
    }

    private void FillRings(RingSlot[] rings)
    {
        uint[] flags = [0, RingSlot.Consult, RingSlot.Consult | RingSlot.Learn, RingSlot.Consult | RingSlot.Learn];
        foreach (ref RingSlot slot in rings.AsSpan())
        {
            slot = new RingSlot
            {
                Current = (uint)random.Next(RealCount),
                Previous = (uint)random.Next(RealCount) | flags[random.Next(flags.Length)],
            };
        }
    }

    private void FillReals(Real[] reals)
    {
        for (int i = 1; i < reals.Length; i++)
        {
            ushort mtu = random.Next(8) switch { 0 => 100, 1 => 108, 2 or 3 => 1330, _ => 1500 };
            DatapathAddress underlay = DatapathAddress.Parse($"2001:db8:f::{i}");
            DatapathAddress underlayIPv4 = DatapathAddress.Parse($"203.0.113.{100 + i}");
            ulong target = (ulong)random.NextInt64();
            reals[i] = random.Next(11) switch
            {
                0 => Local(RealKind.Peer, underlay, mtu),
                1 => Local(RealKind.Device, underlay, mtu),
                2 => default,
                3 => RealTemplate.Remote(RealKind.Ipip, target, 2, Mac(), Mac(), OwnIPv4, underlayIPv4, mtu),
                4 => RealTemplate.Remote(RealKind.GueIPv4, target, 2, Mac(), Mac(), OwnIPv4, underlayIPv4, mtu),
                5 => RealTemplate.Remote(RealKind.GueIPv6, target, 2, Mac(), Mac(), OwnIPv6, underlay, mtu),
                6 => RealTemplate.Remote(RealKind.GeneveIPv4, target, 2, Mac(), Mac(), OwnIPv4, underlayIPv4, mtu),
                7 => RealTemplate.Remote(RealKind.GeneveIPv6, target, 2, Mac(), Mac(), OwnIPv6, underlay, mtu),
                8 => RealTemplate.Stack(target, 2, underlay, mtu),
                _ => RealTemplate.Encap(2, Mac(), Mac(), OwnIPv6, underlay, mtu),
            };
        }
    }

    private Real Local(RealKind kind, DatapathAddress underlay, ushort mtu)
    {
        Real real = RealTemplate.Local(kind, LocalDevice(), Mac(), Mac(), underlay, mtu);
        real.Flags = (NicFlags)random.Next(2);
        return real;
    }

    private uint LocalDevice() => random.Next(2) == 0 ? NicDevice : 9;

    /// <summary>At a device one address of each family takes the place of others, and of itself.</summary>
    private void FillTranslations(DatapathMaps maps)
    {
        foreach (uint device in (uint[])[NicDevice, 9])
        {
            foreach (IGrouping<bool, DatapathAddress> family in Candidates.GroupBy(address => address.IsIPv4))
            {
                DatapathAddress[] all = [.. family];
                DatapathAddress own = all[random.Next(all.Length)];
                foreach (DatapathAddress address in all.Where(address => address == own || random.Next(2) == 0))
                {
                    maps.Translations[(device, address)] = own;
                }
            }
        }
    }

    private void FillFlows(FlowBucket[] flows, uint now)
    {
        foreach (ref FlowBucket bucket in flows.AsSpan())
        {
            foreach (ref ulong word in (Span<ulong>)bucket.Entries)
            {
                // Half of them young, and of few VIPs: places are fought for.
                FlowEntry fresh = FlowEntry.Fresh(
                    (uint)random.Next(VipCount), (uint)random.Next(1 << 25), (FlowState)random.Next(1, 5), now, (uint)random.Next(RealCount));
                word = random.Next(4) == 0 ? 0 : (fresh with { Age = (byte)(fresh.Age - (random.Next(2) == 0 ? random.Next(6) : random.Next(256))) }).Word;
            }
        }
    }

    private void FillNics(DatapathMaps maps)
    {
        foreach (DatapathAddress address in Candidates)
        {
            if (!address.IsIPv4 && random.Next(3) == 0)
            {
                maps.Underlay[address] = new UnderlayNic
                {
                    Ifindex = LocalDevice(),
                    Flags = (NicFlags)random.Next(2),
                    Kind = random.Next(5) switch { 0 => RealKind.Stack, 1 or 2 => RealKind.Peer, _ => RealKind.Device },
                    Mac = Mac(),
                };
            }

        }

        foreach (DatapathAddress address in (DatapathAddress[])[.. Candidates, .. Routers])
        {
            if (random.Next(6) != 0)
            {
                maps.NicSources[(NicDevice, address)] = Source(random.Next(6) switch { 0 => NicSourceKind.Vip, 1 => NicSourceKind.Internal, _ => NicSourceKind.Own });
            }

            if (random.Next(2) == 0)
            {
                maps.Routes[new RouteKey(NicNetwork, address)] = maps.Reals[random.Next(RealCount)];
            }

            if (random.Next(3) == 0)
            {
                maps.Routes[new RouteKey(RouteKey.AnyNetwork, address)] = default;
            }
        }

        if (random.Next(2) == 0)
        {
            maps.NicSources[(NicDevice, default)] = Source(NicSourceKind.Link);
        }

        // Of what is random already, so that what follows stays what it was.
        if (maps.Config.HashSeed0 % 4 != 0)
        {
            maps.Routes[new RouteKey(RouteKey.ProberNetwork, default)] = maps.Reals[(int)(maps.Config.HashSeed1 % RealCount)];
        }
    }

    private NicSource Source(NicSourceKind kind) => new()
    {
        Kind = kind,
        Network = random.Next(8) == 0 ? 0 : NicNetwork,
        Mac = random.Next(3) == 0 ? NicMac : default,
    };

    /// <summary>Who may encapsulate to us, NICs by number, and ways to most reals.</summary>
    private void FillUnderlay(DatapathMaps maps)
    {
        foreach (DatapathAddress address in Candidates)
        {
            if (random.Next(2) == 0)
            {
                maps.UnderlaySources.Add(address);
            }

            for (uint number = 0; number < GeneveNumbers; number++)
            {
                if (random.Next(4) != 0)
                {
                    maps.GeneveNics[new GeneveKey { Dst = address, Number = number }] = new UnderlayNic
                    {
                        Ifindex = LocalDevice(),
                        Flags = (NicFlags)random.Next(2),
                        Kind = random.Next(5) switch { 0 => RealKind.Stack, 1 or 2 => RealKind.Peer, _ => RealKind.Device },
                        Mac = Mac(),
                    };
                }
            }
        }

        foreach (Real real in maps.Reals)
        {
            if (RealTemplate.Overhead(real.Kind) > 0 && random.Next(8) != 0)
            {
                maps.PathMtus[real.Dst] = new PathMtu { Src = real.Src, Mtu = random.Next(3) == 0 ? 1400u : 0 };
            }
        }
    }

    private MacAddress Mac()
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Size];
        random.NextBytes(bytes);
        bytes[0] &= 0xfe;
        return MacAddress.FromBytes(bytes);
    }
}
