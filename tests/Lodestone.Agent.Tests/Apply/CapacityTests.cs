using Lodestone.Agent.Apply;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>What people set is what fits, or a little more.</summary>
public sealed class CapacityTests
{
    public static TheoryData<string> Names => [.. Capacity.All.Select(capacity => capacity.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Set_AnyCount_ThereIsRoomForAllAndAtMostTwiceAsMany(string name)
    {
        Capacity capacity = Capacity.Find(name)!;
        foreach (int count in (int[])[1, 2, 1_000, 5_000, capacity.Max])
        {
            int room = capacity.Of(capacity.Set(new DatapathCapacities(), count));

            Assert.InRange(room, count, (2L * count) + 8);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => capacity.Set(new DatapathCapacities(), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => capacity.Set(new DatapathCapacities(), capacity.Max + 1));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Set_TheDefault_ChangesNothing(string name)
    {
        Capacity capacity = Capacity.Find(name)!;

        Assert.Equal(new DatapathCapacities(), capacity.Set(new DatapathCapacities(), capacity.Of(new DatapathCapacities())));
    }
}
