using Lodestone.Linux.Memory;

using Xunit;

namespace Lodestone.Linux.Tests.Memory;

public class MembarrierTests
{
    [Fact]
    public void Global_ThisKernel_WaitsForAGracePeriod()
    {
        Assert.True(Membarrier.IsSupported);
        Assert.Null(Record.Exception(Membarrier.Global));
    }

    [Fact]
    public void ClosePacketSocket_WithoutMembarrier_WorksToo() => Assert.Null(Record.Exception(Membarrier.ClosePacketSocket));
}
