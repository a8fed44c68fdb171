using CsCheck;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Tables;

public sealed class PortRulesTests
{
    private static readonly byte[] Protocols = [6, 17, 132];

    private static readonly Gen<PortRange> Ranges = Gen.Select(
        Gen.Int[0, 2],
        Gen.UShort[0, 300],
        Gen.UShort[0, 40],
        (proto, from, more) => Range(Protocols[proto], from, (ushort)(from + more)));

    [Fact]
    public void Create_AnyRanges_AcceptsExactlyWhatTheySay() => Ranges.Array[1, 30].Sample(
        ranges =>
        {
            PortRules rules = PortRules.Create(ranges);
            ulong[] words = new ulong[PortRules.BitmapWords];
            Array.Fill(words, ulong.MaxValue);
            rules.WriteBitmap(words);
            foreach (byte proto in Protocols)
            {
                for (int port = 0; port < 400; port++)
                {
                    bool expected = ranges.Any(range => range.Proto == proto && range.From <= port && port <= range.To);
                    Assert.Equal(expected, rules.Accepts(proto, (ushort)port));
                    Assert.Equal(expected, ((words[PortRules.FirstWord(proto) + (port / 64)] >> (port % 64)) & 1) != 0);
                }
            }
        },
        iter: 100);

    [Fact]
    public void Create_TouchingAndOverlappingRanges_AreOne()
    {
        PortRules rules = PortRules.Create([Range(6, 81, 90), Range(6, 80, 80), Range(17, 80, 80), Range(6, 85, 100)]);
        Assert.Equal([(6, 80, 100), (17, 80, 80)], rules.Ranges.Select(range => ((int)range.Proto, (int)range.From, (int)range.To)));
    }

    [Fact]
    public void Create_RangeUpToTheLastPort_DoesNotWrap()
    {
        PortRules rules = PortRules.Create([Range(6, 0, 65535), Range(6, 10, 20)]);
        Assert.Single(rules.Ranges);
        Assert.True(rules.Accepts(6, 65535));
    }

    [Fact]
    public void ApplyTo_NoRanges_AcceptsAllPorts()
    {
        Vip vip = new() { Flags = VipFlags.Used | VipFlags.PortBitmap, RangeCount = 3 };
        PortRules.Create([]).ApplyTo(ref vip);
        Assert.Equal(VipFlags.Used | VipFlags.AllPorts, vip.Flags);
        Assert.Equal(0u, vip.RangeCount);
    }

    [Theory]
    [InlineData(8, VipFlags.None, 8u, 0u)]
    [InlineData(9, VipFlags.PortBitmap, 0u, 3072u)]
    public void ApplyTo_Ranges_LieInlineUpToEight(int count, VipFlags flags, uint inline, uint bitmapBase)
    {
        Vip vip = default;
        PortRules.Create(Enumerable.Range(0, count).Select(i => Range(6, (ushort)(i * 10), (ushort)(i * 10)))).ApplyTo(ref vip, 3072);
        Assert.Equal((flags, inline, bitmapBase), (vip.Flags, vip.RangeCount, vip.PortBitmapBase));
    }

    [Fact]
    public void Create_RangeThatEndsBeforeItBegins_IsRefused() =>
        Assert.Throws<ArgumentException>(() => PortRules.Create([Range(6, 2, 1)]));

    [Fact]
    public void Create_OtherProtocol_IsRefused() => Assert.Throws<ArgumentException>(() => PortRules.Create([Range(1, 0, 0)]));

    private static PortRange Range(byte proto, ushort from, ushort to) => new() { Proto = proto, From = from, To = to };
}
