using CsCheck;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Tables;

public sealed class VipTableTests
{
    [Fact]
    public void Build_AnyVips_FindsEachAndNoOther() => Gen.Select(Gen.UInt.HashSet[0, 200], Gen.UInt[0, 0xffffff]).Sample(
        (hosts, network) =>
        {
            Vip[] vips = [.. hosts.Select(host => IPv4Vip(host, network))];
            Vip[] table = Dirty(VipTable.SlotsFor(vips.Length) * 2);
            VipTable.Build(vips, table);
            foreach (Vip vip in vips)
            {
                int slot = VipTable.Find(table, vip.Addr, network);
                Assert.Equal(vip.Id, table[slot].Id);
                Assert.Equal(-1, VipTable.Find(table, vip.Addr, network ^ 1));
            }

            Assert.Equal(vips.Select(vip => vip.Id).Order(), VipTable.Read(table).Select(vip => vip.Id).Order());
        },
        iter: 100);

    // Pools are ranges: an earlier hash gave all of a /24 one home, so that the 17th address of a pool found no slot.
    [Fact]
    public void Build_ConsecutiveAddresses_StayWithinProbes()
    {
        Vip[] vips = [.. Enumerable.Range(0, 1024).Select(host => IPv4Vip(0xcb007100u + (uint)host, 0))];
        Vip[] table = new Vip[4096];
        VipTable.Build(vips, table);
        Assert.Equal(1024, VipTable.Read(table).Count);
    }

    [Fact]
    public void Build_ConsecutiveIPv6Addresses_StayWithinProbes()
    {
        Vip[] vips = new Vip[1024];
        for (int i = 0; i < vips.Length; i++)
        {
            vips[i] = new Vip { Addr = DatapathAddress.Parse($"2001:db8::{i:x}"), Id = (uint)i };
        }

        Vip[] table = new Vip[4096];
        VipTable.Build(vips, table);
        Assert.Equal(1024, VipTable.Read(table).Count);
    }

    [Fact]
    public void Build_OverHalfFull_NamesTheSizeToRaise()
    {
        Vip[] vips = [.. Enumerable.Range(0, 9).Select(host => IPv4Vip((uint)host, 0))];
        VipTableFullException e = Assert.Throws<VipTableFullException>(() => VipTable.Build(vips, new Vip[16]));
        Assert.Equal(32, e.SlotsNeeded);
        Assert.Equal("9 VIPs do not fit a VIP table of 16 slots, which holds 8; load the data path with 32 VIP slots", e.Message);
    }

    [Fact]
    public void Build_ChainLongerThanAProbe_NamesTheSizeToRaise()
    {
        List<Vip> sameHome = [];
        for (uint host = 0; sameHome.Count <= VipTable.MaxProbes; host++)
        {
            Vip vip = IPv4Vip(host, 0);
            if (VipHash.Home(vip.Addr.High, vip.Addr.Low, 0, 63) == 5)
            {
                sameHome.Add(vip);
            }
        }

        VipTableFullException e = Assert.Throws<VipTableFullException>(() => VipTable.Build(sameHome.ToArray(), new Vip[64]));
        Assert.Equal(128, e.SlotsNeeded);
    }

    [Fact]
    public void Build_SameVipTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => VipTable.Build([IPv4Vip(1, 0), IPv4Vip(1, 0)], new Vip[16]));

    internal static Vip IPv4Vip(uint host, uint network) => new()
    {
        Addr = new DatapathAddress(0, 0xffff0000 | ((ulong)System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(host) << 32)),
        Network = network,
        Id = host,
    };

    private static Vip[] Dirty(int slots)
    {
        Vip[] table = new Vip[slots];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(table.AsSpan()).Fill(0xff);
        return table;
    }
}
