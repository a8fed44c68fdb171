using CsCheck;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Api.Tests.Platform;

public class AddressTests
{
    private const string Uid = "7f2c9d1e-3b7a-4c55-9a1e-0a3c5d6e7f80";

    private static readonly Gen<System.Net.IPAddress> Addresses = Gen.OneOf<System.Net.IPAddress>(
        Gen.Byte.Array[4].Select(b => new System.Net.IPAddress(b)),
        Gen.Byte.Array[16].Select(b => new System.Net.IPAddress(b)).Where(a => !a.IsIPv4MappedToIPv6));

    [Theory]
    [InlineData("203.0.113.10", null, "203.0.113.10")]
    [InlineData("::ffff:203.0.113.10", null, "203.0.113.10")]
    [InlineData("2001:db8::1", null, "2001-0db8-0000-0000-0000-0000-0000-0001")]
    [InlineData("10.0.0.1", Uid, Uid + ".10.0.0.1")]
    [InlineData("fd00::1", Uid, Uid + ".fd00-0000-0000-0000-0000-0000-0000-0001")]
    public void IPAddressName_Format_IsOneNamePerAddress(string address, string? uid, string expected) =>
        Assert.Equal(expected, IPAddressName.Format(System.Net.IPAddress.Parse(address), uid));

    [Theory]
    [InlineData("")]
    [InlineData("203.0.113")]
    [InlineData("203.0.113.010")]
    [InlineData("2001-db8-0-0-0-0-0-1")]
    [InlineData("2001-0DB8-0000-0000-0000-0000-0000-0001")]
    [InlineData("0000-0000-0000-0000-0000-ffff-c000-0201")]
    [InlineData(".10.0.0.1")]
    [InlineData("a..10.0.0.1")]
    [InlineData("A.10.0.0.1")]
    [InlineData("a-2001-0db8-0000-0000-0000-0000-0000-0001")]
    [InlineData("loadbalancer")]
    public void IPAddressName_TryParse_RefusesOtherForms(string name) => Assert.False(IPAddressName.TryParse(name, out _));

    [Fact]
    public void IPAddressName_AnyAddress_ReadsBack() =>
        Gen.Select(Addresses, Gen.OneOf<string?>(null, Uid, "1.2.3.4", "a.b")).Sample((address, uid) =>
        {
            Assert.True(IPAddressName.TryParse(IPAddressName.Format(address, uid), out IPAddressName name));
            Assert.Equal(address, name.Address);
            Assert.Equal(uid, name.NetworkUid);
        });

    [Theory]
    [InlineData("203.0.113.0/28", "203.0.113.0-203.0.113.15")]
    [InlineData("2001:db8:cafe::/120", "2001:db8:cafe::-2001:db8:cafe::ff")]
    [InlineData("203.0.113.4-203.0.113.9", "203.0.113.4-203.0.113.9")]
    [InlineData("203.0.113.4 - 203.0.113.4", "203.0.113.4")]
    [InlineData("::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("203.0.113.5/28", "must have no bits set behind the prefix: 203.0.113.0/28")]
    [InlineData("203.0.113.9-203.0.113.4", "first address must not be after the last")]
    [InlineData("203.0.113.9-::1", "first and last address must be of the same family")]
    [InlineData("203.0.113.9-", "must be a prefix in CIDR form, a range FIRST-LAST, or a single address")]
    [InlineData("203.0.113.0/x", "must be a prefix in CIDR form, a range FIRST-LAST, or a single address")]
    public void AddressRange_TryParse_ReadsOrTellsWhy(string text, string expected) =>
        Assert.Equal(expected, AddressRange.TryParse(text, out AddressRange range, out string problem) ? range.ToString() : problem);

    [Fact]
    public void AddressRange_AnyAddress_ConvertsBack() =>
        Addresses.Sample(a => Assert.Equal(a, AddressRange.ToAddress(AddressRange.ToNumber(a), IPFamily.Of(a))));

    [Theory]
    [InlineData("203.0.113.0/28", "", 16)]
    [InlineData("203.0.113.0/28,203.0.113.8/29,203.0.113.16", "", 17)]
    [InlineData("203.0.113.0/28", "203.0.113.0,203.0.113.15", 14)]
    [InlineData("203.0.113.0/28", "203.0.0.0/16", 0)]
    [InlineData("203.0.113.0/28,2001:db8::/64", "203.0.113.4-203.0.113.6", 13)]
    [InlineData("0.0.0.0/0", "", 1L << 32)]
    public void AddressRangeSet_Count_IsWithoutTheExcluded(string included, string excluded, long expected) =>
        Assert.Equal((UInt128)expected, Set(included, excluded).Count(IPFamily.IPv4));

    [Theory]
    [InlineData("203.0.113.0/28", false, 14)]
    [InlineData("203.0.113.0/28", true, 16)]
    [InlineData("203.0.113.0/31", false, 2)]
    [InlineData("203.0.113.7/32", false, 1)]
    [InlineData("203.0.113.0-203.0.113.15", false, 16)]
    [InlineData("203.0.113.0/28,203.0.113.0", false, 15)]
    public void AddressRangeSet_OfAPool_NetworkAndBroadcastAsItSays(string addresses, bool include, int expected)
    {
        var spec = new AddressPoolSpec { Addresses = [.. addresses.Split(',')], IncludeNetworkAndBroadcast = include ? true : null };

        Assert.Equal((UInt128)expected, AddressRangeSet.Of(spec).Count(IPFamily.IPv4));
    }

    // Against the plain way to do it: a set of numbers.
    [Fact]
    public void AddressRangeSet_RandomRanges_HoldsWhatASetOfNumbersHolds()
    {
        Gen<AddressRange[]> ranges = Gen.Select(Gen.Byte, Gen.Byte)
            .Select((a, b) => new AddressRange(IPFamily.IPv4, Math.Min(a, b), Math.Max(a, b)))
            .Array[0, 6];
        Gen.Select(ranges, ranges).Sample((included, excluded) =>
        {
            var expected = Enumerable.Range(0, 256)
                .Select(n => (UInt128)n)
                .Where(n => included.Any(r => r.Contains(n)) && !excluded.Any(r => r.Contains(n)))
                .ToList();

            var set = AddressRangeSet.Create(included, excluded);

            var taken = new HashSet<System.Net.IPAddress>();
            while (set.NextFree(IPFamily.IPv4, taken.Contains) is { } address)
            {
                taken.Add(address);
            }

            Assert.Equal((UInt128)expected.Count, set.Count(IPFamily.IPv4));
            Assert.Equal(expected, taken.Select(AddressRange.ToNumber));
            Assert.All(
                Enumerable.Range(0, 256).Select(n => (UInt128)n),
                n => Assert.Equal(expected.Contains(n), set.Contains(AddressRange.ToAddress(n, IPFamily.IPv4))));
            Assert.False(set.Contains(System.Net.IPAddress.IPv6Loopback));
        });
    }

    private static AddressRangeSet Set(string included, string excluded) =>
        AddressRangeSet.Of(new AddressPoolSpec
        {
            Addresses = [.. included.Split(',')],
            ExcludedAddresses = [.. excluded.Split(',')],
            IncludeNetworkAndBroadcast = true,
        });
}
