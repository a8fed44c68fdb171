using System.Net;
using System.Net.Sockets;

using Lodestone.Linux.Packets;
using Xunit;

namespace Lodestone.Linux.Tests.Packets;

public sealed class DatagramBurstTests
{
    [Fact]
    public void Send_Several_ArriveWhole()
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(receiver.LocalEndPoint!);

        int sent = DatagramBurst.Send(sender, [1, 2, 3], 5);

        Assert.Equal(5, sent);
        byte[] buffer = new byte[16];
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal([1, 2, 3], buffer[..receiver.Receive(buffer)]);
        }
    }

    [Fact]
    public void Send_NothingListens_DoesNotThrow()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(taken.LocalEndPoint!);
        taken.Dispose();

        // The first one is refused by ICMP, which the next call hears of.
        Assert.All(Enumerable.Range(0, 4).Select(_ => DatagramBurst.Send(sender, [1], 1)), sent => Assert.InRange(sent, 0, 1));
    }
}
