using CsCheck;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Addresses;
using Xunit;

namespace Lodestone.Controllers.Tests.Addresses;

public sealed class PoolAddressesTests
{
    [Theory]
    [InlineData("203.0.113.0/29", "", 6)]
    [InlineData("203.0.113.0/31", "", 2)]
    [InlineData("203.0.113.7/32", "", 1)]
    [InlineData("203.0.113.0-203.0.113.7", "", 8)]
    [InlineData("203.0.113.0/29", "203.0.113.2-203.0.113.3", 4)]
    [InlineData("203.0.113.0/29", "203.0.113.0/24", 0)]
    [InlineData("203.0.113.0/29 203.0.113.7", "", 7)]
    public void Of_IPv4_CountsWhatMayBeGivenOut(string included, string excluded, int expected)
    {
        AddressRangeSet set = PoolAddresses.Of(Spec(included, excluded));

        Assert.Equal((UInt128)expected, set.Count("IPv4"));
        Assert.Equal(expected, PoolAddresses.InOrder(set, "IPv4", 12345).Distinct().Count());
    }

    [Fact]
    public void Of_IPv6Prefix_IsGivenOutWhole()
    {
        AddressRangeSet set = PoolAddresses.Of(Spec("2001:db8::/126", ""));

        Assert.Equal(
            ["2001:db8::", "2001:db8::1", "2001:db8::2", "2001:db8::3"],
            PoolAddresses.InOrder(set, "IPv6", 0).Select(a => a.ToString()));
    }

    [Fact]
    public void InOrder_StartBehindTheMiddle_WrapsAround()
    {
        AddressRangeSet set = PoolAddresses.Of(Spec("203.0.113.4-203.0.113.5 203.0.113.9", ""));

        Assert.Equal(
            ["203.0.113.9", "203.0.113.4", "203.0.113.5"],
            PoolAddresses.InOrder(set, "IPv4", 2).Select(a => a.ToString()));
    }

    [Theory]
    [InlineData("::/0")]
    [InlineData("2001:db8::/32")]
    public void InOrder_HugePool_StartsAtOnce(string prefix)
    {
        AddressRangeSet set = PoolAddresses.Of(Spec(prefix, ""));

        Assert.Equal(3, PoolAddresses.InOrder(set, "IPv6", ulong.MaxValue).Take(3).Distinct().Count());
    }

    [Fact]
    public void InOrder_AnyStart_EveryAddressOnce() => Gen.ULong.Sample(seed =>
    {
        AddressRangeSet set = PoolAddresses.Of(Spec("203.0.113.0/28 198.51.100.3 192.0.2.8/30", "203.0.113.5"));
        string[] order = [.. PoolAddresses.InOrder(set, "IPv4", seed).Select(a => a.ToString())];
        return order.Length == 16 && order.Distinct().Count() == 16 && !order.Contains("203.0.113.5") && !order.Contains("203.0.113.0");
    });

    private static AddressPoolSpec Spec(string included, string excluded) => new()
    {
        Addresses = [.. included.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        ExcludedAddresses = [.. excluded.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
    };
}
