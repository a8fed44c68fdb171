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
    public void Encap_Target_IsTheFinishedOuterHeader()
    {
        Real real = RealTemplate.Encap(7, NextHop, Uplink, DatapathAddress.Parse("2001:db8::1"), Target, 1500);
        Assert.Equal("02000000000102000000000286DD", Convert.ToHexString(real.Eth));
        Assert.Equal(
            "6000000000002940" + "20010DB8000000000000000000000001" + "20010DB800000000629F8D8762E17ED5",
            Convert.ToHexString(real.Ip6));
        Assert.Equal((7u, RealKind.Encap, (ushort)1500), (real.Ifindex, real.Kind, real.Mtu));
    }

    [Fact]
    public void TargetOf_AnyReal_IsTheTargetsIdentity()
    {
        ulong expected = TargetHash.Of("0d2f5b3c-8a1e-4c57-9f60-1b2c3d4e5f60");
        Assert.Equal(expected, RealTemplate.TargetOf(RealTemplate.Encap(7, NextHop, Uplink, default, Target, 1500)));
        Assert.Equal(expected, RealTemplate.TargetOf(RealTemplate.Local(RealKind.Peer, 9, NextHop, Uplink, Target, 1500)));
        Assert.Equal(Target, RealTemplate.UnderlayOf(RealTemplate.Local(RealKind.Device, 9, NextHop, Uplink, Target, 1500)));
        Assert.Equal(0UL, RealTemplate.TargetOf(default));
    }

    [Fact]
    public void Local_KindOfAnotherMachine_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => RealTemplate.Local(RealKind.Encap, 9, NextHop, Uplink, Target, 1500));
}
