using CsCheck;
using Lodestone.Controllers.Addresses;
using Xunit;

namespace Lodestone.Controllers.Tests.Addresses;

public sealed class AddressSetTests
{
    // Near each other, so that blocks fill up, and at both ends of all numbers there are.
    private static readonly UInt128[] Places = [0, UInt128.MaxValue - 299, UInt128.One << 64, 0xcb007100];

    private static readonly Gen<UInt128> Numbers = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 299]).Select((place, n) => Places[place] + (UInt128)n);

    private static readonly Gen<(bool IsAdd, UInt128 First, int Count)> Changes =
        Gen.Select(Gen.Bool, Numbers, Gen.Int[0, 4]).Select((isAdd, first, size) => (isAdd, first, size < 3 ? 1 : size == 3 ? 64 : 200));

    // Against the plain way to do it.
    [Fact]
    public void AnyChanges_AnyQuestion_AnswersAsASortedSet() => Gen.Select(Changes.Array[1, 30], Numbers, Numbers).Sample((changes, from, to) =>
    {
        var set = new AddressSet();
        var expected = new SortedSet<UInt128>();
        foreach ((bool isAdd, UInt128 first, int count) in changes)
        {
            for (int i = 0; i < count && first + (UInt128)i >= first; i++)
            {
                UInt128 number = first + (UInt128)i;
                Assert.Equal(isAdd ? expected.Add(number) : expected.Remove(number), isAdd ? set.Add(number) : set.Remove(number));
                Assert.Equal(isAdd, set.Contains(number));
            }
        }

        (UInt128 low, UInt128 high) = from < to ? (from, to) : (to, from);
        UInt128[] members = [.. expected.Where(n => n >= from)];
        UInt128 gap = from;
        bool hasGap = true;
        while (hasGap && expected.Contains(gap))
        {
            hasGap = gap++ != UInt128.MaxValue;
        }

        Assert.Equal(expected.Count, set.Count);
        Assert.Equal(expected.Count(n => low <= n && n <= high), set.CountIn(low, high));
        Assert.Equal(expected.Count, set.CountIn(0, UInt128.MaxValue));
        Assert.Equal(members.Length > 0, set.TryNext(from, out UInt128 next));
        Assert.Equal(members.FirstOrDefault(next), next);
        Assert.Equal(hasGap, set.TryNextGap(from, out UInt128 found));
        Assert.True(!hasGap || found == gap, $"{found} instead of {gap}");
    });

    [Fact]
    public void Count_EverythingRemovedAgain_IsZero() => Numbers.Array[0, 50].Sample(numbers =>
    {
        var set = new AddressSet();
        Array.ForEach(numbers, n => set.Add(n));
        Array.ForEach(numbers, n => set.Remove(n));
        return set.Count == 0 && !set.TryNext(0, out _);
    });
}
