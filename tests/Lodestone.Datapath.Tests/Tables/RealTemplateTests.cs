using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Tables;

public sealed class RealTemplateTests
{
    private static readonly MacAddress NextHop = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress Uplink = MacAddress.Parse("02:00:00:00:00:02");
    private static readonly DatapathAddress Target = DatapathAddress.Parse("2001:db8::629f:8d87:62e1:7ed5");

    [Fact]
    public void Encap_Target_HasHeadersAndAddresses()
    {
        Real real = RealTemplate.Encap(7, NextHop, Uplink, DatapathAddress.Parse("2001:db8::1"), Target, 1500);
        Assert.Equal("02000000000102000000000286DD", Convert.ToHexString(real.Eth));
        Assert.Equal((0x629f8d8762e17ed5u, DatapathAddress.Parse("2001:db8::1"), Target), (real.Target, real.Src, real.Dst));
        Assert.Equal((7u, RealKind.Encap, (ushort)1500), (real.Ifindex, real.Kind, real.Mtu));
    }

    [Fact]
    public void TargetOf_AnyReal_IsTheTargetsIdentity()
    {
        ulong expected = TargetHash.Of("0d2f5b3c-8a1e-4c57-9f60-1b2c3d4e5f60");
        Assert.Equal(expected, RealTemplate.Encap(7, NextHop, Uplink, default, Target, 1500).Target);
        Assert.Equal(expected, RealTemplate.Local(RealKind.Peer, 9, NextHop, Uplink, Target, 1500).Target);
        Assert.Equal(Target, RealTemplate.Local(RealKind.Device, 9, NextHop, Uplink, Target, 1500).Dst);
    }

    [Theory]
    [InlineData(RealKind.Ipip, "192.0.2.1", "192.0.2.2", 0x0800, 20)]
    [InlineData(RealKind.GueIPv4, "192.0.2.1", "192.0.2.2", 0x0800, 28)]
    [InlineData(RealKind.GueIPv6, "2001:db8::1", "2001:db8::2", 0x86dd, 48)]
    [InlineData(RealKind.GeneveIPv4, "192.0.2.1", "192.0.2.2", 0x0800, 36)]
    [InlineData(RealKind.GeneveIPv6, "2001:db8::1", "2001:db8::2", 0x86dd, 56)]
    public void Remote_Form_HasItsEthertypeAndOverhead(RealKind kind, string source, string destination, int etherType, int overhead)
    {
        Real real = RealTemplate.Remote(kind, 5, 7, NextHop, Uplink, DatapathAddress.Parse(source), DatapathAddress.Parse(destination), 1500);
        Assert.Equal((byte)(etherType >> 8), real.Eth[12]);
        Assert.Equal((byte)etherType, real.Eth[13]);
        Assert.Equal(overhead, RealTemplate.Overhead(kind));
        Assert.Equal(5u, NicNumber.Of(real.Target));
    }

    [Theory]
    [InlineData(RealKind.Ipip, "2001:db8::1", "192.0.2.2")]
    [InlineData(RealKind.GeneveIPv6, "2001:db8::1", "192.0.2.2")]
    [InlineData(RealKind.Peer, "2001:db8::1", "2001:db8::2")]
    public void Remote_AddressesThatDoNotFit_AreRefused(RealKind kind, string source, string destination) => Assert.ThrowsAny<ArgumentException>(
        () => RealTemplate.Remote(kind, 5, 7, NextHop, Uplink, DatapathAddress.Parse(source), DatapathAddress.Parse(destination), 1500));

    [Fact]
    public void Local_KindOfAnotherMachine_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => RealTemplate.Local(RealKind.Encap, 9, NextHop, Uplink, Target, 1500));
}
