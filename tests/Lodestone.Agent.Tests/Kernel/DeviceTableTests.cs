using Lodestone.Agent.Kernel;
using Xunit;

namespace Lodestone.Agent.Tests.Kernel;

public sealed class DeviceTableTests
{
    /// <summary>An agent that starts over a serving data path reads it before any notification has come.</summary>
    [Fact]
    public void Devices_BeforeAnyNotification_AreComplete()
    {
        DeviceTable table = new(() => Assert.Fail("nobody follows the links yet"));

        Assert.Equal(1u, table.Devices["lo"].Index);
    }
}
