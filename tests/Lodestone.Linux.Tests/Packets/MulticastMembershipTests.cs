using System.Net;

using Lodestone.Linux.Packets;

using Xunit;

namespace Lodestone.Linux.Tests.Packets;

public class MulticastMembershipTests
{
    private static readonly MacAddress Group = MacAddress.SolicitedNode(IPAddress.Parse("2001:db8:cafe::12:3456"));

    [Fact]
    public void Add_Twice_IsListedOnceAndOneRemoveTakesItBack()
    {
        using var network = new TestNetwork();

        MulticastMembership.Add("left", Group, network.Left);
        MulticastMembership.Add("left", Group, network.Left);
        Assert.Equal([Group], MulticastMembership.List("left", network.Left));

        MulticastMembership.Remove("left", Group, network.Left);
        MulticastMembership.Remove("left", Group, network.Left);
        Assert.Empty(MulticastMembership.List("left", network.Left));
    }

    [Fact]
    public void Add_UnknownDevice_NamesDeviceAndAddress()
    {
        using var network = new TestNetwork();

        LinuxException exception = Assert.Throws<LinuxException>(() => MulticastMembership.Add("nothing", Group, network.Left));

        Assert.StartsWith("let through multicast address 33:33:ff:12:34:56 on 'nothing': ", exception.Message, StringComparison.Ordinal);
    }
}
