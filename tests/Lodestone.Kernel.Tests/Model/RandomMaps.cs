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

    /// <summary>The only device that is in every network namespace: test runs of tc programs have it by default.</summary>
    public const uint NicDevice = 1;

    private static readonly DatapathAddress[] Candidates =
    [
        DatapathAddress.Parse("198.51.100.1"), DatapathAddress.Parse("203.0.113.2"), DatapathAddress.Parse("192.0.2.3"),
        DatapathAddress.Parse("2001:db8::1"), DatapathAddress.Parse("2001:db8::2"), DatapathAddress.Parse("2001:db8:f::3"),
        DatapathAddress.Parse("2001:db8:f::4"), DatapathAddress.Parse("fe80::5"), DatapathAddress.Parse("192.0.2.77"),
    ];

    /// <summary>Addresses that packets are from and to: VIPs, NICs, others.</summary>
    public static IReadOnlyList<DatapathAddress> Addresses => Candidates;

    public DatapathMaps Create(byte now)
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
                Id = (uint)i,
                RingBase = (uint)(i << MaglevRing.MinSizeLog2),
                RingShift = random.Next(8) == 0 ? 0 : RegionAllocator.RingShift(1 << MaglevRing.MinSizeLog2),
            };
            PortRules rules = Rules();
            rules.ApplyTo(ref vips[i], (uint)(i % 2 * PortRules.BitmapWords));
            vips[i].Flags |= (VipFlags)(random.Next(2) * (int)VipFlags.Announce) | (VipFlags)(random.Next(2) * (int)VipFlags.UdpCurrent);
            if (rules.NeedsBitmap)
            {
                rules.WriteBitmap(maps.PortBitmaps.AsSpan((int)vips[i].PortBitmapBase));
            }
        }

        VipTable.Build(vips, maps.Vips.AsSpan((int)maps.Config.VipTable * VipSlots / 2, VipSlots / 2));
    }

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
            reals[i] = random.Next(5) switch
            {
                0 => RealTemplate.Local(RealKind.Peer, 9, Mac(), Mac(), underlay, mtu),
                1 => RealTemplate.Local(RealKind.Device, 9, Mac(), Mac(), underlay, mtu),
                2 => default,
                _ => RealTemplate.Encap(2, Mac(), Mac(), DatapathAddress.Parse("2001:db8:e::1"), underlay, mtu),
            };
        }
    }

    private void FillFlows(FlowBucket[] flows, byte now)
    {
        foreach (ref FlowBucket bucket in flows.AsSpan())
        {
            foreach (ref ulong word in (Span<ulong>)bucket.Entries)
            {
                word = random.Next(3) == 0
                    ? 0
                    : new FlowEntry(
                        (uint)random.Next(1 << 30), (FlowState)random.Next(1, 4), (byte)(now - random.Next(256)), (uint)random.Next(RealCount)).Word;
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
                    Ifindex = 9,
                    Kind = random.Next(2) == 0 ? RealKind.Peer : RealKind.Device,
                    Mac = Mac(),
                };
            }

            if (random.Next(2) == 0)
            {
                maps.NicSources[(NicDevice, address)] = (NicSource)random.Next(1, 3);
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
