using Lodestone.Linux.Devices;

using Xunit;

namespace Lodestone.Linux.Tests.Devices;

public class EthtoolTests
{
    [Fact]
    public void GetFeatures_FreshVeth_ChecksumsAreDeferred()
    {
        using var network = new TestNetwork();

        DeviceFeatures features = Ethtool.GetFeatures("left", network.Left);

        Assert.True(features.TransmitChecksum);
        Assert.False(features.LargeReceiveOffload);
    }

    [Fact]
    public void SetFeatures_SeveralNames_ChangesThoseOnly()
    {
        using var network = new TestNetwork();
        DeviceFeatures before = Ethtool.GetFeatures("left", network.Left);

        Ethtool.SetFeatures(
            "left", new Dictionary<string, bool> { ["rx-gro"] = true, ["tx-checksum-ip-generic"] = false, ["tx-checksum-sctp"] = false }, network.Left);

        DeviceFeatures after = Ethtool.GetFeatures("left", network.Left);
        Assert.True(after.GenericReceiveOffload);
        Assert.False(after.TransmitChecksum);
        Assert.Equal(before.IsOn("rx-vlan-filter"), after.IsOn("rx-vlan-filter"));
    }

    [Fact]
    public void SetFeatures_UnknownName_IsRefused()
    {
        using var network = new TestNetwork();

        _ = Assert.Throws<ArgumentException>(
            () => Ethtool.SetFeatures("left", new Dictionary<string, bool> { ["warp-drive"] = true }, network.Left));
    }

    [Fact]
    public void GetFeatures_UnknownDevice_NamesIt()
    {
        using var network = new TestNetwork();

        LinuxException exception = Assert.Throws<LinuxException>(() => Ethtool.GetFeatures("nothing", network.Left));

        Assert.Contains("'nothing'", exception.Message, StringComparison.Ordinal);
    }
}
