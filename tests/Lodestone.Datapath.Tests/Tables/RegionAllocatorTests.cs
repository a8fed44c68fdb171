using CsCheck;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Tables;

public sealed class RegionAllocatorTests
{
    [Fact]
    public void TryAllocate_AnySequence_RegionsNeverOverlap() => Gen.Int[-20, 64].Array[1, 100].Sample(
        steps =>
        {
            RegionAllocator allocator = new(512);
            List<(uint Start, uint Length)> regions = [];
            foreach (int step in steps)
            {
                if (step > 0 && allocator.TryAllocate((uint)step, out uint start))
                {
                    Assert.True(start + step <= 512);
                    Assert.DoesNotContain(regions, region => start < region.Start + region.Length && region.Start < start + step);
                    regions.Add((start, (uint)step));
                }
                else if (step <= 0 && regions.Count > 0)
                {
                    allocator.Free(regions[-step % regions.Count].Start);
                    regions.RemoveAt(-step % regions.Count);
                }

                Assert.Equal(regions.Sum(region => region.Length), allocator.Used);
            }
        });

    [Fact]
    public void TryAllocate_AnySequence_IsTheFirstPlaceThatIsFreeForSoLong() => Gen.Int[-20, 64].Array[1, 100].Sample(
        steps =>
        {
            RegionAllocator allocator = new(512);
            bool[] used = new bool[512];
            List<(uint Start, uint Length)> regions = [];
            foreach (int step in steps)
            {
                if (step > 0)
                {
                    int first = Enumerable.Range(0, 512 - step + 1).FirstOrDefault(at => !used.AsSpan(at, step).Contains(true), -1);
                    Assert.Equal(first >= 0, allocator.TryAllocate((uint)step, out uint start));
                    if (first >= 0)
                    {
                        Assert.Equal((uint)first, start);
                        regions.Add((start, (uint)step));
                        used.AsSpan(first, step).Fill(true);
                    }
                }
                else if (regions.Count > 0)
                {
                    (uint start, uint length) = regions[-step % regions.Count];
                    allocator.Free(start);
                    regions.RemoveAt(-step % regions.Count);
                    used.AsSpan((int)start, (int)length).Clear();
                }
            }
        });

    [Fact]
    public void Reserve_AnyRegionsInAnyOrder_AreKnownOrRefused() => Gen.Select(Gen.UInt[0, 140], Gen.UInt[1, 40]).Array[1, 30].Sample(
        regions =>
        {
            RegionAllocator allocator = new(128);
            bool[] used = new bool[256];
            foreach ((uint start, uint length) in regions)
            {
                if (start + length > 128 || used.AsSpan((int)start, (int)length).Contains(true))
                {
                    Assert.Throws<InvalidOperationException>(() => allocator.Reserve(start, length));
                }
                else
                {
                    allocator.Reserve(start, length);
                    used.AsSpan((int)start, (int)length).Fill(true);
                }

                Assert.Equal((uint)used.Count(slot => slot), allocator.Used);
            }
        });

    [Fact]
    public void TryAllocate_Full_IsFalse()
    {
        RegionAllocator allocator = new(512);
        Assert.True(allocator.TryAllocate(256, out _));
        Assert.True(allocator.TryAllocate(256, out uint second));
        Assert.Equal(256u, second);
        Assert.False(allocator.TryAllocate(1, out _));
    }

    [Fact]
    public void OfRings_TableReadBack_KnowsWhatIsUsed()
    {
        Vip[] table = new Vip[4];
        table[1] = new Vip { Flags = VipFlags.Used, RingBase = 256, RingShift = RegionAllocator.RingShift(512) };
        table[2] = new Vip { Flags = VipFlags.Used, RingShift = 0 };
        RegionAllocator allocator = RegionAllocator.OfRings(table, 1024);
        Assert.Equal(512u, allocator.Used);
        Assert.True(allocator.TryAllocate(256, out uint gap));
        Assert.Equal(0u, gap);
        Assert.True(allocator.TryAllocate(256, out uint behind));
        Assert.Equal(768u, behind);
    }

    [Fact]
    public void OfPortBitmaps_TableReadBack_KnowsWhatIsUsed()
    {
        Vip[] table = [new Vip { Flags = VipFlags.Used | VipFlags.PortBitmap, PortBitmapBase = PortRules.BitmapWords }, default];
        Assert.Equal((uint)PortRules.BitmapWords, RegionAllocator.OfPortBitmaps(table, 3 * PortRules.BitmapWords).Used);
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(1000, 100)]
    public void Reserve_OverlappingOrOutside_IsRefused(uint start, uint length)
    {
        RegionAllocator allocator = new(1024);
        allocator.Reserve(150, 10);
        Assert.Throws<InvalidOperationException>(() => allocator.Reserve(start, length));
    }
}
