using Lodestone.Agent.Apply;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

public sealed class FakeApplierTests : ApplierTestBase
{
    [Fact]
    public void Apply_TableSwitchedTwice_IsNotWrittenWhilePacketsMayReadIt()
    {
        MemoryDatapathMaps maps = new(new DatapathCapacities { VipSlots = 32, RingSlots = 1 << 14, Reals = 64, FlowBuckets = 16, PortBitmaps = 1, Nics = 1, NicSources = 1 });
        List<(ApplyStep Step, int GracePeriods)> steps = [];
        DatapathApplier applier = new(maps, new ManualTime(World.Start), step => steps.Add((step, maps.GracePeriods)));
        ConcurrentWorld world = new(new Random(1), ConcurrentChanges.Ports);
        for (int i = 0; i < 4; i++)
        {
            applier.Apply(world.Next(), ConcurrentWorld.Underlay);
        }

        // The wait is within the step that writes the table.
        int[] switches = [.. steps.Where(s => s.Step == ApplyStep.Switch).Select(s => s.GracePeriods)];
        Assert.Equal([0, 1, 2, 3], switches);
    }

    private protected override void Hear(IDatapathMaps maps) => ((MemoryDatapathMaps)maps).Verdicts[Verdict.MtuLearnt] = 1;

    private protected override IDatapathMaps CreateMaps(DatapathCapacities capacities) => new MemoryDatapathMaps(capacities);
}
