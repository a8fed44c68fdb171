using CsCheck;
using Lodestone.Api.Ipam;
using Lodestone.Controllers.Ipam;
using Xunit;

namespace Lodestone.Controllers.Tests.Ipam;

public sealed class FreeSpaceTests
{
    private static readonly PrefixRange Whole = Range("10.0.0.0/24");

    /// <summary>Parts of 10.0.0.0/24; they may overlap.</summary>
    private static readonly Gen<PrefixRange> Parts = Gen.Select(Gen.Int[0, 255], Gen.Int[25, 32])
        .Select(p => PrefixRange.Of("IPv4", Whole.First + (UInt128)p.Item1, p.Item2));

    [Theory]
    [InlineData("10.0.0.0/24", 26, "10.0.0.0/26")]
    [InlineData("10.0.0.0/24", 26, "10.0.0.64/26", "10.0.0.0/32")]
    [InlineData("10.0.0.0/24", 25, null, "10.0.0.0/32", "10.0.0.255/32")]
    [InlineData("10.0.0.0/24", 32, "10.0.0.3/32", "10.0.0.2/32", "10.0.0.0/31")]
    [InlineData("0.0.0.0/0", 1, "128.0.0.0/1", "1.2.3.4/32")]
    [InlineData("::/0", 1, null, "::/1", "ffff::/128")]
    [InlineData("255.255.255.252/30", 31, "255.255.255.254/31", "255.255.255.252/32")]
    [InlineData("2001:db8::/32", 128, "2001:db8::1/128", "2001:db8::/128")]
    [InlineData("10.0.0.0/24", 24, "10.0.0.0/24")]
    [InlineData("10.0.0.0/24", 23, null)]
    [InlineData("10.0.0.0/24", 33, null)]
    public void TryTakeFirst_Taken_GivesTheLowestThatIsFree(string whole, int length, string? expected, params string[] taken)
    {
        var space = new FreeSpace(Range(whole), taken.Select(Range));

        bool found = space.TryTakeFirst(length, out PrefixRange part);

        Assert.Equal(expected, found ? part.ToString() : null);
    }

    [Theory]
    [InlineData("10.0.0.64/26", true)]
    [InlineData("10.0.0.0/26", false)]
    [InlineData("10.0.0.5/32", false)]
    [InlineData("10.0.0.0/24", false)]
    [InlineData("10.0.1.0/26", false)]
    [InlineData("10.0.0.0/16", false)]
    public void TryTake_CertainPart_OnlyWhereNothingOfItIsTaken(string part, bool expected)
    {
        var space = new FreeSpace(Whole, [Range("10.0.0.4/30")]);

        Assert.Equal(expected, space.TryTake(Range(part)));
        Assert.False(space.TryTake(Range(part)));
    }

    /// <summary>Against the plainest thing that can be right: one bit for each address.</summary>
    [Fact]
    public void Take_AnySequence_IsAsOneBitForEachAddressSays() =>
        Gen.Select(Parts.Array[0, 8], Gen.Select(Gen.Bool, Parts).Array[0, 60]).Sample((taken, steps) =>
        {
            var space = new FreeSpace(Whole, taken);
            bool[] bits = new bool[256];
            Array.ForEach(taken, part => Mark(bits, part));
            foreach ((bool isCertain, PrefixRange wanted) in steps)
            {
                if (isCertain)
                {
                    bool isFree = IsFree(bits, wanted);
                    Assert.Equal(isFree, space.TryTake(wanted));
                    Mark(isFree ? bits : [.. bits], wanted);
                    continue;
                }

                PrefixRange? lowest = null;
                for (int i = 0; i < 256 && lowest is null; i += 1 << (32 - wanted.Length))
                {
                    PrefixRange candidate = PrefixRange.Of("IPv4", Whole.First + (UInt128)i, wanted.Length);
                    lowest = IsFree(bits, candidate) ? candidate : null;
                }

                Assert.Equal(lowest, space.TryTakeFirst(wanted.Length, out PrefixRange part) ? part : null);
                if (lowest is { } got)
                {
                    Mark(bits, got);
                }
            }
        });

    [Fact]
    public void TryTakeFirst_WholeSlash16_TakesEveryAddressOnceInOrder()
    {
        var space = new FreeSpace(Range("10.1.0.0/16"), []);
        UInt128 expected = Range("10.1.0.0/16").First;
        while (space.TryTakeFirst(32, out PrefixRange part))
        {
            Assert.Equal(expected++, part.First);
        }

        Assert.Equal(Range("10.1.0.0/16").Last + 1, expected);
    }

    private static bool IsFree(bool[] bits, PrefixRange part) => Enumerable.Range(0, 256).All(i => !bits[i] || !part.Contains(PrefixRange.Of("IPv4", Whole.First + (UInt128)i, 32)));

    private static void Mark(bool[] bits, PrefixRange part)
    {
        for (UInt128 a = part.First; a <= part.Last; a++)
        {
            bits[(int)(a - Whole.First)] = true;
        }
    }

    private static PrefixRange Range(string text) => PrefixRange.TryParse(text, out PrefixRange range) ? range : throw new ArgumentException(text, nameof(text));
}
