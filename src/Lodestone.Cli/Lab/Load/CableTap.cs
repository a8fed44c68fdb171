using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab.Routing;
using Lodestone.Cli.Lab.Site;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;

namespace Lodestone.Cli.Lab.Load;

/// <summary>Tells which flows of the clients take which gateway, by their packets on the gateways' cables.</summary>
internal static class CableTap
{
    private const int EthernetLength = 14;
    private const int SnapLength = 128;
    private const int ReceiveBuffer = 8 * 1024 * 1024;

    /// <summary>Listens at a machine's port of the switch.</summary>
    /// <param name="site">The site.</param>
    /// <param name="host">The machine.</param>
    /// <param name="time">How long; every flow has to send in it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The flows from the clients that went to it.</returns>
    public static async Task<HashSet<FlowPath>> ListenAsync(LabSite site, LabHost host, TimeSpan time, CancellationToken cancellationToken)
    {
        int port;
        using (RtNetlink netlink = RtNetlink.Open(site.Lab.Segment))
        {
            port = netlink.GetLink(host.Name).Index;
        }

        HashSet<FlowPath> seen = [];
        using PacketSocket socket = PacketSocket.Open(port, site.Lab.Segment, receive: true);
        socket.ReserveReceiveBuffer(ReceiveBuffer);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(time);
        byte[] frame = new byte[SnapLength];
        try
        {
            while (true)
            {
                int length = await socket.ReceiveAsync(frame, end.Token);
                if (Read(frame.AsSpan(0, length)) is { } path)
                {
                    _ = seen.Add(path);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return seen;
        }
    }

    /// <summary>The flow of a frame that comes from a client, as it left there; null for any other.</summary>
    internal static FlowPath? Read(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetLength)
        {
            return null;
        }

        ReadOnlySpan<byte> packet = frame[EthernetLength..];
        (int addresses, int addressLength, int header, int protocol) = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            0x0800 when packet.Length >= 20 => (12, 4, (packet[0] & 0xf) * 4, packet[9]),
            0x86dd when packet.Length >= 40 => (8, 16, 40, packet[6]),
            _ => (0, 0, 0, 0),
        };
        if ((ProtocolType)protocol is not (ProtocolType.Tcp or ProtocolType.Udp) || packet.Length < header + 4)
        {
            return null;
        }

        var source = new IPAddress(packet.Slice(addresses, addressLength));
        return LabRouter.ClientAddresses.Contains(source)
            ? new FlowPath((ProtocolType)protocol, BinaryPrimitives.ReadUInt16BigEndian(packet[header..]), new IPAddress(packet.Slice(addresses + addressLength, addressLength)))
            : null;
    }
}
