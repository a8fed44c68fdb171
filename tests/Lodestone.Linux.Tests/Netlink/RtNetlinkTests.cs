using System.Net;
using System.Net.Sockets;

using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;

using Xunit;

namespace Lodestone.Linux.Tests.Netlink;

public class RtNetlinkTests
{
    [Fact]
    public void GetLink_Veth_TellsKindPeerAndState()
    {
        using var network = new TestNetwork();

        LinkInfo left = network.LeftNetlink.GetLink("left");
        LinkInfo right = network.RightNetlink.GetLink(network.RightIndex);

        Assert.Equal("veth", left.Kind);
        Assert.Equal(1500, left.Mtu);
        Assert.True(left.IsUp);
        Assert.Equal(OperationalState.Up, left.OperationalState);
        Assert.Equal(right.Index, left.PeerIndex);
        Assert.NotEqual(default, left.Address);
        Assert.Equal(XdpMode.None, left.XdpMode);
        Assert.Equal("right", right.Name);
    }

    [Fact]
    public void TryGetLink_UnknownName_IsFalse()
    {
        using var network = new TestNetwork();

        Assert.False(network.LeftNetlink.TryGetLink("nothing", out _));
    }

    [Fact]
    public void SetLink_SeveralThings_ChangesThemAll()
    {
        using var network = new TestNetwork();
        MacAddress address = MacAddress.Parse("02:00:00:00:00:17");

        network.LeftNetlink.SetLink(network.LeftIndex, new LinkSettings { IsUp = false });
        network.LeftNetlink.SetLink(network.LeftIndex, new LinkSettings { Name = "renamed", Mtu = 1600, Address = address });

        LinkInfo link = network.LeftNetlink.GetLink("renamed");
        Assert.Equal((1600, address, false), (link.Mtu, link.Address, link.IsUp));
    }

    /// <summary>Packets from one address go by a table of their own, though the main one knows no way for them, and nobody is asked for anything.</summary>
    [Theory]
    [InlineData("169.254.76.83", "198.51.100.7", "0.0.0.0/0")]
    [InlineData("fe80::6c:6f64:6573:746f", "3fff::7", "::/0")]
    public void AddSourceRule_TableOfItsOwn_RoutesWhatIsFromTheAddress(string source, string destination, string all)
    {
        using var network = new TestNetwork();
        RtNetlink netlink = network.LeftNetlink;
        var from = IPAddress.Parse(source);
        bool isIPv6 = from.AddressFamily == AddressFamily.InterNetworkV6;
        netlink.SetLink(network.LeftIndex, new LinkSettings { AsksNeighbours = false });
        netlink.AddAddress(network.LeftIndex, from, isIPv6 ? 128 : 32);
        netlink.AddRoute(new RouteSettings(IPNetwork.Parse(all), network.LeftIndex) { Table = 19539 });
        Assert.Throws<SocketException>(Send);

        netlink.AddSourceRule(from, 19539, 1000);
        netlink.AddSourceRule(from, 19539, 1000);
        Send();

        netlink.DeleteSourceRule(from, 19539, 1000);
        netlink.DeleteSourceRule(from, 19539, 1000);
        Assert.Throws<SocketException>(Send);

        void Send()
        {
            using Socket socket = network.Left.Run(() => new Socket(from.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
            socket.Bind(new IPEndPoint(isIPv6 ? new IPAddress(from.GetAddressBytes(), network.LeftIndex) : from, 0));
            socket.SendTo([1], new IPEndPoint(IPAddress.Parse(destination), 9));
        }
    }

    [Fact]
    public void AddBridge_PortAttached_ShowsMaster()
    {
        using var network = new TestNetwork();

        network.LeftNetlink.AddBridge("br0", 1600);
        LinkInfo bridge = network.LeftNetlink.GetLink("br0");
        network.LeftNetlink.SetLink(network.LeftIndex, new LinkSettings { MasterIndex = bridge.Index });

        Assert.Equal(("bridge", 1600), (bridge.Kind, bridge.Mtu));
        Assert.Equal(bridge.Index, network.LeftNetlink.GetLink("left").MasterIndex);
    }

    [Fact]
    public async Task SetLink_IsolatedPorts_PassNothingToEachOther()
    {
        using var network = new TestNetwork();
        network.LeftNetlink.AddBridge("br0");
        int bridge = network.LeftNetlink.GetLink("br0").Index;
        network.LeftNetlink.SetLink(bridge, new LinkSettings { IsUp = true });
        network.LeftNetlink.AddVeth(new VethEnd("second"), new VethEnd("far", network.Right));
        int second = network.LeftNetlink.GetLink("second").Index;
        int far = network.RightNetlink.GetLink("far").Index;
        network.RightNetlink.SetLink(far, new LinkSettings { IsUp = true });
        SetPorts(new LinkSettings { IsUp = true, MasterIndex = bridge });
        using PacketSocket sender = PacketSocket.Open(network.RightIndex, network.Right);
        using PacketSocket receiver = PacketSocket.Open(far, network.Right, receive: true);

        // A port forwards some time after it is up.
        Task<byte> next = NextAsync();
        while (!next.IsCompleted)
        {
            sender.Send(Frame(0));
            await Task.WhenAny(next, Task.Delay(10, TestContext.Current.CancellationToken));
        }

        SetPorts(new LinkSettings { IsIsolated = true });
        sender.Send(Frame(1));
        SetPorts(new LinkSettings { IsIsolated = false });
        sender.Send(Frame(2));
        byte number;
        while ((number = await NextAsync()) == 0)
        {
            // It was sent more than once.
        }

        Assert.Equal(2, number);

        async Task<byte> NextAsync()
        {
            byte[] buffer = new byte[2048];
            do
            {
                await receiver.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            }
            while (!buffer.AsSpan(12, 2).SequenceEqual(Frame(0).AsSpan(12, 2)));
            return buffer[14];
        }

        void SetPorts(LinkSettings settings)
        {
            network.LeftNetlink.SetLink(network.LeftIndex, settings);
            network.LeftNetlink.SetLink(second, settings);
        }

        // To all, of an ethertype for experiments (RFC 5342, 2.3.3).
        static byte[] Frame(byte number) => [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x88, 0xb5, number, .. new byte[46]];
    }

    [Fact]
    public void DeleteLink_VethEnd_TakesThePeerToo()
    {
        using var network = new TestNetwork();

        network.LeftNetlink.DeleteLink(network.LeftIndex);

        Assert.False(network.RightNetlink.TryGetLink("right", out _));
    }

    [Fact]
    public void SetLink_ImpossibleMtu_ErrorCarriesTheKernelsWords()
    {
        using var network = new TestNetwork();

        NetlinkException exception = Assert.Throws<NetlinkException>(
            () => network.LeftNetlink.SetLink(network.LeftIndex, new LinkSettings { Mtu = 10 }));

        Assert.Equal(22, exception.ErrorNumber);
        Assert.Equal("mtu less than device minimum", exception.Detail);
        Assert.Contains($"change link {network.LeftIndex}", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.77", 24)]
    [InlineData("203.0.113.5", 32)]
    [InlineData("2001:db8:cafe::5", 128)]
    public void AddAddress_TwiceThenDelete_IsThereOnceThenGone(string text, int prefix)
    {
        using var network = new TestNetwork();
        var address = IPAddress.Parse(text);

        network.LeftNetlink.AddAddress(network.LeftIndex, address, prefix);
        network.LeftNetlink.AddAddress(network.LeftIndex, address, prefix);
        Assert.Equal(
            [new AddressInfo(network.LeftIndex, address, prefix)],
            network.LeftNetlink.GetAddresses(network.LeftIndex).Where(a => a.Address.Equals(address)));

        network.LeftNetlink.DeleteAddress(network.LeftIndex, address, prefix);
        Assert.DoesNotContain(network.LeftNetlink.GetAddresses(), a => a.Address.Equals(address));
    }

    [Theory]
    [InlineData("192.0.2.2", null, "192.0.2.1")]
    [InlineData("198.51.100.7", "192.0.2.254", "192.0.2.1")]
    [InlineData("2001:db8::2", null, "2001:db8::1")]
    [InlineData("2001:db8:1::7", "fe80::1", "2001:db8::1")]
    public void TryLookUpRoute_Destination_TellsNextHopAndSource(string destination, string? gateway, string source)
    {
        using var network = new TestNetwork();
        network.LeftNetlink.AddRoute(new RouteSettings(IPNetwork.Parse("0.0.0.0/0"), network.LeftIndex) { Gateway = IPAddress.Parse("192.0.2.254") });
        network.LeftNetlink.AddRoute(new RouteSettings(IPNetwork.Parse("::/0"), network.LeftIndex) { Gateway = IPAddress.Parse("fe80::1"), IsOnLink = true });

        bool found = network.LeftNetlink.TryLookUpRoute(IPAddress.Parse(destination), network.LeftIndex, out RouteInfo? route);

        Assert.True(found);
        Assert.Equal(RouteKind.Unicast, route!.Kind);
        Assert.Equal(network.LeftIndex, route.OutputIndex);
        Assert.Equal(gateway, route.Gateway?.ToString());
        Assert.Equal(source, route.PreferredSource?.ToString());
    }

    [Theory]
    [InlineData("198.51.100.7")]
    [InlineData("2001:db8:1::7")]
    public void TryLookUpRoute_NoRoute_IsFalse(string destination)
    {
        using var network = new TestNetwork();

        Assert.False(network.LeftNetlink.TryLookUpRoute(IPAddress.Parse(destination), null, out _));
    }

    [Fact]
    public void DeleteRoute_AddedRoute_IsNotFoundAnyMore()
    {
        using var network = new TestNetwork();
        var route = new RouteSettings(IPNetwork.Parse("198.51.100.0/24"), network.LeftIndex);
        network.LeftNetlink.AddRoute(route);
        Assert.True(network.LeftNetlink.TryLookUpRoute(IPAddress.Parse("198.51.100.7"), null, out _));

        network.LeftNetlink.DeleteRoute(route);

        Assert.False(network.LeftNetlink.TryLookUpRoute(IPAddress.Parse("198.51.100.7"), null, out _));
    }
}
