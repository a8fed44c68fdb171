using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Lodestone.Datapath.Layout;
using Lodestone.Linux;
using Lodestone.Linux.Packets;

namespace Lodestone.Agent.Health;

/// <summary>Opens sockets that send by the device of <see cref="ProbeLink"/>, and to one target.</summary>
/// <param name="ifindex">The device; null while there is none.</param>
internal sealed class ProbeSource(Func<int?> ifindex)
{
    // Of asm-generic/socket.h and linux/in.h.
    private const int SolSocket = 1;
    private const int SoBindToDevice = 25;
    private const int SoMark = 36;
    private const int SolIp = 0;
    private const int IpBindAddressNoPort = 24;

    private static readonly IPAddress IPv4 = ProbeAddresses.IPv4.ToIPAddress();
    private static readonly IPAddress IPv6 = ProbeAddresses.IPv6.ToIPAddress();

    /// <summary>A socket whose packets reach the target, and nobody else.</summary>
    /// <exception cref="LinuxException">The device is gone, or a privilege is missing.</exception>
    /// <exception cref="SocketException">There is no device yet, or there are too many sockets.</exception>
    public Socket Open(HealthTarget target, SocketType type)
    {
        int device = ifindex() ?? throw new SocketException((int)SocketError.NetworkDown);
        bool isIPv6 = target.Vip.AddressFamily == AddressFamily.InterNetworkV6;
        ProtocolType protocol = type switch
        {
            SocketType.Stream => ProtocolType.Tcp,
            SocketType.Dgram => ProtocolType.Udp,
            _ => isIPv6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp,
        };
        var socket = new Socket(target.Vip.AddressFamily, type, protocol);
        try
        {
            Span<byte> number = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(number, target.Mark);
            SocketCalls.SetOption(socket, SolSocket, SoMark, number, "mark packets of health checks");
            SocketCalls.SetOption(socket, SolSocket, SoBindToDevice, Encoding.UTF8.GetBytes(ProbeLink.Device), $"send by device '{ProbeLink.Device}'");
            if (!isIPv6 && type != SocketType.Raw)
            {
                // The port is chosen when the destination is known: ports are reused over destinations.
                BinaryPrimitives.WriteUInt32LittleEndian(number, 1);
                SocketCalls.SetOption(socket, SolIp, IpBindAddressNoPort, number, "leave the port open");
            }

            SocketCalls.Bind(socket, isIPv6 ? new IPEndPoint(new IPAddress(IPv6.GetAddressBytes(), device), 0) : new IPEndPoint(IPv4, 0));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
