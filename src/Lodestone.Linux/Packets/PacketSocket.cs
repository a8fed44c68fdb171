using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

using Lodestone.Linux.Interop;
using Lodestone.Linux.Namespaces;

namespace Lodestone.Linux.Packets;

/// <summary>Sends and receives whole Ethernet frames on one link (AF_PACKET).</summary>
/// <remarks>Belongs to the namespace it was opened in. Thread-safe for sending; one receiver at a time.</remarks>
public sealed unsafe class PacketSocket : IDisposable
{
    private const short AllProtocols = 0x0003; // ETH_P_ALL

    private readonly SafeSocketHandle _handle;
    private readonly Socket? _receiver;
    private readonly int _linkIndex;

    private PacketSocket(SafeSocketHandle handle, int linkIndex, bool receive)
    {
        _handle = handle;
        _linkIndex = linkIndex;
        _receiver = receive ? new Socket(handle) : null;
    }

    /// <summary>Opens a socket on a link.</summary>
    /// <param name="linkIndex">The link.</param>
    /// <param name="networkNamespace">Its namespace; null for the calling thread's.</param>
    /// <param name="receive">Whether every frame that passes the link, sent or received, is delivered too.</param>
    /// <exception cref="LinuxException">No such link, or CAP_NET_RAW is missing.</exception>
    public static PacketSocket Open(int linkIndex, NetworkNamespace? networkNamespace = null, bool receive = false)
    {
        // Protocol 0 hears nothing, so a socket that only sends costs no receive work.
        SafeSocketHandle handle = Create(networkNamespace);
        try
        {
            LinkLayerAddress address = AddressOf(linkIndex);
            address.Protocol = receive ? (ushort)IPAddress.HostToNetworkOrder(AllProtocols) : (ushort)0;
            if (Libc.bind(handle, &address, (uint)sizeof(LinkLayerAddress)) != 0)
            {
                throw LinuxException.ForLastError(string.Create(CultureInfo.InvariantCulture, $"bind packet socket to link {linkIndex}"));
            }

            return new PacketSocket(handle, linkIndex, receive);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Sends a frame, from its Ethernet header on.</summary>
    /// <exception cref="LinuxException">The link is down or gone, or the frame is too long for it.</exception>
    public void Send(ReadOnlySpan<byte> frame)
    {
        LinkLayerAddress address = AddressOf(_linkIndex);
        fixed (byte* pointer = frame)
        {
            if (Libc.sendto(_handle, pointer, (nuint)frame.Length, 0, &address, (uint)sizeof(LinkLayerAddress)) < 0)
            {
                throw LinuxException.ForLastError(string.Create(CultureInfo.InvariantCulture, $"send {frame.Length} bytes on link {_linkIndex}"));
            }
        }
    }

    /// <summary>Receives the next frame, cut to the buffer.</summary>
    /// <returns>The bytes written.</returns>
    /// <exception cref="InvalidOperationException">The socket was opened for sending only.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _receiver is null
        ? throw new InvalidOperationException("This packet socket was opened for sending only.")
        : _receiver.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        _receiver?.Dispose();
        _handle.Dispose();
    }

    /// <summary>A socket bound to nothing, which hears nothing.</summary>
    internal static SafeSocketHandle Create(NetworkNamespace? networkNamespace) =>
        SocketFactory.Open(networkNamespace, LibcConstants.AfPacket, LibcConstants.SockRaw, 0, "open packet socket");

    private static LinkLayerAddress AddressOf(int linkIndex) => new()
    {
        Family = LibcConstants.AfPacket,
        Index = linkIndex,
    };

    /// <summary>struct sockaddr_ll.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LinkLayerAddress
    {
        public ushort Family;
        public ushort Protocol; // big endian
        public int Index;
        public ushort HardwareType;
        public byte PacketType;
        public byte AddressLength;
        public ulong Address;
    }
}
