using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Addresses;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using Address = System.Net.IPAddress;

namespace Lodestone.Controllers.Tests.Addresses;

public sealed class AddressIndexTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly AddressIndex _index;

    public AddressIndexTests() => _index = new AddressIndex(_time);

    [Theory]
    [InlineData("203.0.113.0/29", "IPv4", 6)]
    [InlineData("203.0.113.4-203.0.113.5 203.0.113.9 198.51.100.0/30", "IPv4", 5)]
    [InlineData("2001:db8::/126", "IPv6", 4)]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", "IPv6", 2)]
    [InlineData("255.255.255.254/31", "IPv4", 2)]
    public void TryTake_AnyStart_EveryAddressOnceThenNone(string addresses, string family, int count)
    {
        AddressRangeSet set = Set(addresses);
        for (ulong seed = 0; seed < 8; seed++)
        {
            var index = new AddressIndex(_time);
            HashSet<Address> taken = [.. Enumerable.Range(0, count).Select(i => Take(index, set, family, seed * 1000003, $"{i}")!)];

            Assert.Equal(count, taken.Count);
            Assert.All(taken, a => Assert.True(set.Contains(a)));
            Assert.Null(Take(index, set, family, seed, "one more"));
            Assert.Equal(UInt128.Zero, index.Free(set, family));
        }
    }

    [Theory]
    [InlineData("::/0", "IPv6")]
    [InlineData("8000::/1", "IPv6")]
    [InlineData("2001:db8::/32", "IPv6")]
    [InlineData("0.0.0.0/0", "IPv4")]
    [InlineData("128.0.0.0/1", "IPv4")]
    public void TryTake_HugePool_GivesDistinctAddressesOfIt(string prefix, string family)
    {
        AddressRangeSet set = Set(prefix);
        ulong[] seeds = [0, 1, ulong.MaxValue, ulong.MaxValue - 1, 1UL << 63, 0, 0];

        HashSet<Address> taken = [.. seeds.Select(s => Take(_index, set, family, s, $"{s}")!)];

        Assert.Equal(seeds.Length, taken.Count);
        Assert.All(taken, a => Assert.True(set.Contains(a)));
        Assert.Equal(set.Count(family) - (UInt128)seeds.Length, _index.Free(set, family));
    }

    [Fact]
    public void Observe_OverlappingPools_CountsOncePerAddressInEach()
    {
        AddressRangeSet wide = Set("203.0.113.0-203.0.113.7");
        AddressRangeSet narrow = Set("203.0.113.4-203.0.113.5");
        _index.Observe(null, Object("203.0.113.4", "wide"));
        _index.Observe(null, Object("203.0.113.5", "narrow"));
        _index.Observe(null, Object("203.0.113.1", "wide"));

        Assert.Equal(((UInt128)3, (UInt128)2), (_index.Used(wide, "IPv4"), _index.Used(narrow, "IPv4")));
        Assert.Null(Take(_index, narrow, "IPv4", 0, "x"));

        _index.Observe(Object("203.0.113.4", "wide"), null);
        Assert.Equal("203.0.113.4", Take(_index, narrow, "IPv4", 1, "x")?.ToString());
    }

    [Fact]
    public void TryTake_OutcomeNeverSeen_IsTriedAgainLater()
    {
        AddressRangeSet set = Set("203.0.113.7");
        Assert.NotNull(Take(_index, set, "IPv4", 0, "a"));
        Assert.Equal("203.0.113.7", _index.PendingOf("a", "IPv4")?.ToString());

        Assert.Null(Take(_index, set, "IPv4", 0, "b"));
        _time.Advance(AddressIndex.PendingTime);

        Assert.NotNull(Take(_index, set, "IPv4", 0, "b"));
        Assert.Null(_index.PendingOf("a", "IPv4"));
    }

    [Fact]
    public void Observe_WhatWasPending_IsKnownAndNotForgotten()
    {
        AddressRangeSet set = Set("203.0.113.7");
        Take(_index, set, "IPv4", 0, "a");

        _index.Observe(null, Object("203.0.113.7", "pool"));
        _time.Advance(AddressIndex.PendingTime * 2);

        Assert.Null(_index.PendingOf("a", "IPv4"));
        Assert.False(_index.IsPending(set, "IPv4"));
        Assert.Equal(UInt128.One, _index.Used(set, "IPv4"));
        Assert.Null(Take(_index, set, "IPv4", 0, "b"));
    }

    [Fact]
    public void Outside_ShrunkPool_TellsHowManyAndTheLowest()
    {
        foreach (string ip in (string[])["203.0.113.9", "203.0.113.1", "203.0.113.5", "203.0.113.6", "2001:db8::1"])
        {
            _index.Observe(null, Object(ip, "pool"));
        }

        _index.Observe(null, Object("203.0.113.2", "other"));

        (int count, IReadOnlyList<Address> lowest) = _index.Outside("pool", Set("203.0.113.4-203.0.113.6"), 2);

        Assert.Equal(3, count);
        Assert.Equal(["203.0.113.1", "203.0.113.9"], lowest.Select(a => a.ToString()));
        Assert.Equal((0, 0), (_index.Outside("pool", Set("0.0.0.0/0 ::/0"), 2).Count, _index.Outside("nobody", Set("::/0"), 2).Count));
    }

    private static Address? Take(AddressIndex index, AddressRangeSet set, string family, ulong seed, string claimer) =>
        index.TryTake(set, family, seed, claimer, out Address? address) ? address : null;

    private static AddressRangeSet Set(string addresses) => AddressRangeSet.Of(new AddressPoolSpec { Addresses = [.. addresses.Split(' ')] });

    private static IPAddress Object(string ip, string pool) => new()
    {
        Metadata = new ObjectMeta { Name = IPAddressName.Format(Address.Parse(ip)), Uid = ip },
        Spec = new IPAddressSpec { Ip = ip, PoolRef = new LocalObjectReference { Name = pool } },
    };
}
