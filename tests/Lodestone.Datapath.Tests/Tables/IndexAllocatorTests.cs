using Lodestone.Datapath.Tables;

namespace Lodestone.Datapath.Tests.Tables;

public sealed class IndexAllocatorTests
{
    [Fact]
    public void TryAllocate_RetiredIndex_IsNotReusedBeforeItIsRecycled()
    {
        IndexAllocator allocator = new(4);
        Assert.Equal([1u, 2u, 3u], Take(allocator, 3));
        Assert.False(allocator.TryAllocate(out _));

        allocator.Retire(2);
        Assert.False(allocator.TryAllocate(out _));
        Assert.Equal([2u], allocator.Quarantine);

        allocator.Recycle(2);
        Assert.Equal([2u], Take(allocator, 1));
    }

    [Fact]
    public void Reserve_FoundInTheMap_IsNotGivenOutAgain()
    {
        IndexAllocator allocator = new(5);
        allocator.Reserve(2);
        Assert.Equal([1u, 3u, 4u], Take(allocator, 3));
        Assert.Throws<InvalidOperationException>(() => allocator.Reserve(2));
        Assert.Throws<InvalidOperationException>(() => allocator.Reserve(0));
        Assert.Throws<InvalidOperationException>(() => allocator.Reserve(5));
    }

    private static uint[] Take(IndexAllocator allocator, int count)
    {
        uint[] taken = new uint[count];
        for (int i = 0; i < count; i++)
        {
            Assert.True(allocator.TryAllocate(out taken[i]));
        }

        return taken;
    }
}
