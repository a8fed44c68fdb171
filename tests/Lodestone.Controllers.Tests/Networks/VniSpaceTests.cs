using CsCheck;
using Lodestone.Controllers.Networks;
using Xunit;

namespace Lodestone.Controllers.Tests.Networks;

public sealed class VniSpaceTests
{
    [Theory]
    [InlineData(200, 200)]
    [InlineData(200, 263)]
    [InlineData(1, 4096)]
    [InlineData(200, 8391)]
    [InlineData(200, 8392)]
    public void TryFindFree_UntilFull_GivesEachVniOnce(int min, int max)
    {
        var space = new VniSpace(min, max);
        var given = new HashSet<int>();
        for (int i = min; i <= max; i++)
        {
            Assert.False(space.IsFull);
            Assert.True(space.TryFindFree(max - (i * 7 % (max - min + 1)), out int vni));
            Assert.True(given.Add(vni));
            Assert.InRange(vni, min, max);
            space.Set(vni, true);
        }

        Assert.True(space.IsFull);
        Assert.False(space.TryFindFree(min, out _));

        space.Set(max, false);
        Assert.True(space.TryFindFree(min, out int last));
        Assert.Equal(max, last);
    }

    [Fact]
    public void Set_OutsideTheRange_IsNoConcern()
    {
        var space = new VniSpace(10, 11);
        space.Set(9, true);
        space.Set(12, true);
        space.Set(10, true);
        space.Set(10, true);

        Assert.False(space.IsFull);
        Assert.True(space.TryFindFree(12, out int vni));
        Assert.Equal(11, vni);
    }

    [Fact]
    public void TryFindFree_AllOf24BitsButOneTaken_FindsItWithoutWalkingOverThem()
    {
        var space = new VniSpace(200, 16_777_215);
        for (int vni = 200; vni <= 16_777_215; vni++)
        {
            space.Set(vni, vni != 9_999_999);
        }

        long started = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < 1_000; i++)
        {
            Assert.True(space.TryFindFree(200 + (i * 16_000), out int found));
            Assert.Equal(9_999_999, found);
        }

        // A walk over 16 million bits is milliseconds each time; this is microseconds.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    /// <summary>Whatever was taken and given back: the first free one from anywhere, as a plain search finds it.</summary>
    [Fact]
    public void TryFindFree_AnyHistory_IsWhatAPlainSearchFinds() =>
        Gen.Select(Gen.Int[1, 9000], Gen.Select(Gen.Int[0, 9000], Gen.Int[0, 300], Gen.Bool).Array[0, 40], Gen.Int[-5, 9005]).Sample((count, runs, from) =>
        {
            var space = new VniSpace(100, 100 + count - 1);
            bool[] taken = new bool[count];
            foreach ((int start, int length, bool isTaken) in runs)
            {
                for (int i = start; i < start + length; i++)
                {
                    space.Set(100 + i, isTaken);
                    if (i < count)
                    {
                        taken[i] = isTaken;
                    }
                }
            }

            int first = from < 100 || from >= 100 + count ? 0 : from - 100;
            int? wanted = Enumerable.Range(0, count).Select(i => (first + i) % count).Where(i => !taken[i]).Select(i => (int?)(i + 100)).FirstOrDefault();
            int? found = space.TryFindFree(from, out int vni) ? vni : null;
            return found == wanted && space.IsFull == taken.All(t => t);
        });
}
