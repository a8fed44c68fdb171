using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab.Load;
using Lodestone.TestKit.Packets;

namespace Lodestone.EndToEnd.Tests.Lab;

public class CableTapTests
{
    [Theory]
    [InlineData("eth 02::01 > 02::02 / ip4 198.51.100.2 > 203.0.113.1 ttl 64 / tcp 31337 > 80 S", ProtocolType.Tcp, "203.0.113.1")]
    [InlineData("eth 02::01 > 02::02 / ip6 2001:db8:b::2 > 2001:db8:cafe::1 / udp 31337 > 7000", ProtocolType.Udp, "2001:db8:cafe::1")]
    public void Read_FrameOfAClient_TellsItsFlow(string frame, ProtocolType protocol, string vip) =>
        Assert.Equal(new FlowPath(protocol, 31337, IPAddress.Parse(vip)), CableTap.Read(PacketText.Parse(frame)));

    [Theory]
    [InlineData("eth 02::01 > 02::02 / ip4 192.0.2.4 > 203.0.113.1 ttl 64 / tcp 31337 > 80 S")]
    [InlineData("eth 02::01 > 02::02 / ip4 198.51.100.2 > 203.0.113.1 / icmp echo-request id 1 seq 1")]
    public void Read_AnyOtherFrame_IsNone(string frame) => Assert.Null(CableTap.Read(PacketText.Parse(frame)));

    [Fact]
    public void Read_CutFrame_IsNone() => Assert.Null(CableTap.Read(new byte[20]));
}
