using Lodestone.Agent.Apply;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>Maps that hold whatever a random history brings, and are compared whole in no time.</summary>
internal static class SmallDatapath
{
    public static DatapathCapacities Capacities { get; } = new()
    {
        VipSlots = 64,
        RingSlots = 1 << 14,
        Reals = 64,
        FlowBuckets = 64,
        PortBitmaps = 8,
        Nics = 64,
        NicSources = 512,
    };
}
