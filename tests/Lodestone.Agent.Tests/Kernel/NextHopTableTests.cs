using System.Net;
using Lodestone.Agent.Kernel;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

using MacAddress = Lodestone.Datapath.Layout.MacAddress;

namespace Lodestone.Agent.Tests.Kernel;

public sealed class NextHopTableTests
{
    private static readonly IPAddress Host = IPAddress.Parse("2001:db8:0:2::5");
    private static readonly IPAddress Router = IPAddress.Parse("2001:db8:0:2::1");
    private static readonly IPAddress Later = IPAddress.Parse("2001:db8:0:2::2");

    private static readonly MacAddress HostMac = MacOf(5);
    private static readonly MacAddress RouterMac = MacOf(1);

    [Fact]
    public void LookAgain_RouteThatChanges_IsTakenOnceItsRouterHasAnswered()
    {
        Privilege.RequireRoot();
        string name = $"lsatest-{Environment.ProcessId}-hops";
        using var machine = NetworkNamespace.Create(name);
        using var far = NetworkNamespace.Create(name + "-far");
        try
        {
            machine.Run(() => Follow(far));
        }
        finally
        {
            NetworkNamespace.Delete(name);
            NetworkNamespace.Delete(name + "-far");
        }
    }

    private static void Follow(NetworkNamespace far)
    {
        using RtNetlink netlink = RtNetlink.Open();
        netlink.AddVeth(new VethEnd("uplink"), new VethEnd("far0", far));
        int index = netlink.GetLink("uplink").Index;
        netlink.SetLink(index, new LinkSettings { IsUp = true });
        netlink.AddAddress(index, IPAddress.Parse("2001:db8:0:2::9"), 64);
        var table = new NextHopTable(() => (uint)index, () => { }, NullLogger.Instance, TimeProvider.System);
        table.Want([Host]);
        Assert.Empty(table.NextHops);
        Assert.True(table.Hear(Host, HostMac));
        Assert.Equal(HostMac, table.NextHops[Host]);
        Assert.False(table.LookAgain());

        // A route by a router that has not answered yet changes nothing, until it has.
        var route = new RouteSettings(new IPNetwork(Host, 128), index) { Gateway = Router };
        netlink.AddRoute(route);
        Assert.False(table.LookAgain());
        Assert.Equal(HostMac, table.NextHops[Host]);
        Assert.True(table.Hear(Router, RouterMac));
        Assert.Equal(RouterMac, table.NextHops[Host]);

        // Back, and to a router that never answers.
        netlink.DeleteRoute(route);
        Assert.True(table.LookAgain());
        Assert.Equal(HostMac, table.NextHops[Host]);
        netlink.AddRoute(route with { Gateway = Later });
        Assert.False(table.LookAgain());
        Assert.Equal(HostMac, table.NextHops[Host]);
        Assert.False(table.Hear(Host, HostMac));
    }

    private static MacAddress MacOf(byte last) => Macs.FromLinux(Linux.MacAddress.Parse($"02:00:00:00:00:0{last}"));
}
