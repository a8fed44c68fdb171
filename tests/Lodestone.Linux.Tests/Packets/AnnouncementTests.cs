using System.Net;

using Lodestone.Linux.Packets;

using Xunit;

namespace Lodestone.Linux.Tests.Packets;

public class AnnouncementTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:00:aa");

    [Fact]
    public void BuildAnnouncement_Address_IsARequestForItself() => Assert.Equal(
        "FFFFFFFFFFFF" + "0200000000AA" + "0806"
        + "0001" + "0800" + "06" + "04" + "0001"
        + "0200000000AA" + "CB007105" + "000000000000" + "CB007105",
        Convert.ToHexString(GratuitousArp.BuildAnnouncement(Mac, IPAddress.Parse("203.0.113.5"))));

    [Fact]
    public void Build_Address_IsAnOverridingAdvertisementToAllNodes() => Assert.Equal(
        "333300000001" + "0200000000AA" + "86DD"
        + "60000000" + "0020" + "3A" + "FF" + "20010DB8CAFE00000000000000000005" + "FF020000000000000000000000000001"
        + "88" + "00" + "627C" + "20000000" + "20010DB8CAFE00000000000000000005" + "0201" + "0200000000AA",
        Convert.ToHexString(UnsolicitedNeighbourAdvertisement.Build(Mac, IPAddress.Parse("2001:db8:cafe::5"))));

    [Fact]
    public void Build_WrongFamily_IsRefused()
    {
        _ = Assert.Throws<ArgumentException>(() => GratuitousArp.BuildAnnouncement(Mac, IPAddress.IPv6Loopback));
        _ = Assert.Throws<ArgumentException>(() => UnsolicitedNeighbourAdvertisement.Build(Mac, IPAddress.Loopback));
    }

    [Theory]
    [InlineData("192.0.2.2")]
    [InlineData("2001:db8::2")]
    public async Task Send_Announcement_MovesTheAddressInTheNeighboursCache(string text)
    {
        using var network = new TestNetwork();
        var address = IPAddress.Parse(text);
        _ = await Linux.Netlink.NeighbourResolver.ResolveAsync(network.Left, network.LeftIndex, address, false, TestContext.Current.CancellationToken);
        using Linux.Netlink.NeighbourMonitor monitor = Linux.Netlink.NeighbourMonitor.Open(network.Left);

        // ARP refuses to change its mind within a second of the last answer (locktime).
        network.Left.SetVariable("net/ipv4/neigh/left/locktime", "0");
        using PacketSocket socket = PacketSocket.Open(network.RightIndex, network.Right);
        socket.Send(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? GratuitousArp.BuildAnnouncement(Mac, address)
            : UnsolicitedNeighbourAdvertisement.Build(Mac, address));

        // The stream ends only with the test's own time limit.
        bool moved = await monitor.WatchAsync(TestContext.Current.CancellationToken)
            .AnyAsync(change => change.Item.Address.Equals(address) && change.Item.LinkAddress == Mac, TestContext.Current.CancellationToken);
        Assert.True(moved);
    }

    [Fact]
    public async Task ReceiveAsync_FrameSentByTheOtherEnd_ArrivesWhole()
    {
        using var network = new TestNetwork();
        using PacketSocket receiver = PacketSocket.Open(network.LeftIndex, network.Left, receive: true);
        using PacketSocket sender = PacketSocket.Open(network.RightIndex, network.Right);
        byte[] sent = GratuitousArp.BuildAnnouncement(Mac, IPAddress.Parse("203.0.113.5"));
        sender.Send(sent);

        byte[] buffer = new byte[2048];
        int length;
        do
        {
            length = await receiver.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        }
        while (!buffer.AsSpan(6, 6).SequenceEqual(Mac.ToArray()));

        Assert.Equal(sent, buffer[..length]);
    }

    [Fact]
    public async Task TrySend_LinkIsUp_SendsAndDown_Throws()
    {
        using var network = new TestNetwork();
        using PacketSocket receiver = PacketSocket.Open(network.LeftIndex, network.Left, receive: true);
        using PacketSocket sender = PacketSocket.Open(network.RightIndex, network.Right);
        byte[] sent = GratuitousArp.BuildAnnouncement(Mac, IPAddress.Parse("203.0.113.5"));

        Assert.True(sender.TrySend(sent));

        byte[] buffer = new byte[2048];
        int length;
        do
        {
            length = await receiver.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        }
        while (!buffer.AsSpan(6, 6).SequenceEqual(Mac.ToArray()));

        Assert.Equal(sent, buffer[..length]);
        using (Linux.Netlink.RtNetlink netlink = Linux.Netlink.RtNetlink.Open(network.Right))
        {
            netlink.SetLink(network.RightIndex, new Linux.Netlink.LinkSettings { IsUp = false });
        }

        Assert.Throws<LinuxException>(() => sender.TrySend(sent));
    }
}
