using System.Buffers.Binary;
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
    /// <summary>EtherType of ARP.</summary>
    internal const ushort Arp = 0x0806;

    /// <summary>EtherType of IPv6.</summary>
    internal const ushort Ipv6 = 0x86dd;

    private const short AllProtocols = 0x0003; // ETH_P_ALL
    private const int SocketLevel = 1;         // SOL_SOCKET
    private const int ForceReceiveBuffer = 33; // SO_RCVBUFFORCE
    private const int AttachFilter = 26;       // SO_ATTACH_FILTER
    private const int TagLength = 4;

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

    /// <summary>Makes room for frames that wait to be received, whatever the system's limit (SO_RCVBUFFORCE, needs CAP_NET_ADMIN).</summary>
    /// <param name="bytes">Bytes, the kernel's own for each frame included.</param>
    /// <exception cref="InvalidOperationException">The socket was opened for sending only.</exception>
    public void ReserveReceiveBuffer(int bytes)
    {
        if (_receiver is null)
        {
            throw new InvalidOperationException("This packet socket was opened for sending only.");
        }

        _receiver.SetRawSocketOption(SocketLevel, ForceReceiveBuffer, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in bytes)));
    }

    /// <summary>Opens a socket that hears what comes in at a link, for <see cref="TryReceive"/>.</summary>
    /// <param name="linkIndex">The link.</param>
    /// <param name="networkNamespace">Its namespace; null for the calling thread's.</param>
    /// <param name="etherType">
    /// Zero for every frame as the link's driver hands it over, before tc. Otherwise an EtherType, in host byte order: only its frames,
    /// and only those that tc lets through.
    /// </param>
    /// <exception cref="LinuxException">No such link, or CAP_NET_RAW is missing.</exception>
    public static PacketSocket OpenIncoming(int linkIndex, NetworkNamespace? networkNamespace = null, ushort etherType = 0)
    {
        SafeSocketHandle handle = Create(networkNamespace);
        try
        {
            int on = 1;
            if (Libc.setsockopt(handle, LibcConstants.SolPacket, LibcConstants.PacketIgnoreOutgoing, &on, sizeof(int)) != 0
                || Libc.setsockopt(handle, LibcConstants.SolPacket, LibcConstants.PacketAuxiliaryData, &on, sizeof(int)) != 0)
            {
                throw LinuxException.ForLastError(string.Create(CultureInfo.InvariantCulture, $"set up packet socket on link {linkIndex}"));
            }

            LinkLayerAddress address = AddressOf(linkIndex);
            address.Protocol = (ushort)IPAddress.HostToNetworkOrder(etherType == 0 ? AllProtocols : (short)etherType);
            if (Libc.bind(handle, &address, (uint)sizeof(LinkLayerAddress)) != 0)
            {
                throw LinuxException.ForLastError(string.Create(CultureInfo.InvariantCulture, $"bind packet socket to link {linkIndex}"));
            }

            return new PacketSocket(handle, linkIndex, receive: false);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens a socket that hears the ARP packets that come in at a link, for <see cref="ReceiveAsync"/>.</summary>
    /// <exception cref="LinuxException">No such link, or CAP_NET_RAW is missing.</exception>
    public static PacketSocket OpenForArp(int linkIndex, NetworkNamespace? networkNamespace = null) => OpenFiltered(linkIndex, networkNamespace, Arp, []);

    /// <summary>Opens a socket that hears the neighbour advertisements that come in at a link, and wakes for nothing else.</summary>
    /// <exception cref="LinuxException">No such link, or CAP_NET_RAW is missing.</exception>
    public static PacketSocket OpenForAdvertisements(int linkIndex, NetworkNamespace? networkNamespace = null) => OpenFiltered(
        linkIndex,
        networkNamespace,
        Ipv6,
        [
            FilterInstruction.LoadByte(Icmpv6.Ipv6Offset + 6),
            FilterInstruction.UnlessByte(Icmpv6.Protocol, 3),
            FilterInstruction.LoadByte(Icmpv6.Offset),
            FilterInstruction.UnlessByte(Icmpv6.NeighbourAdvertisement, 1),
            FilterInstruction.Return(ushort.MaxValue),
            FilterInstruction.Return(0),
        ]);

    /// <summary>Sends a frame, from its Ethernet header on.</summary>
    /// <exception cref="LinuxException">The link is down or gone, or the frame is too long for it.</exception>
    public void Send(ReadOnlySpan<byte> frame)
    {
        if (SendCore(frame) < 0)
        {
            throw Failure(frame.Length, _linkIndex);
        }
    }

    /// <summary>Sends a frame as <see cref="Send"/>; false where the kernel had no room for it (ENOBUFS).</summary>
    /// <exception cref="LinuxException">Another failure.</exception>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        if (SendCore(frame) >= 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == Errno.NoBuffers ? false : throw Failure(frame.Length, _linkIndex);
    }

    /// <summary>Receives the next frame, cut to the buffer.</summary>
    /// <returns>The bytes written.</returns>
    /// <exception cref="InvalidOperationException">The socket was opened for sending only.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _receiver is null
        ? throw new InvalidOperationException("This packet socket was opened for sending only.")
        : _receiver.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    /// <summary>Takes the next frame that <see cref="OpenIncoming"/> has heard, without waiting; the kernel's stripped VLAN tag is put back.</summary>
    /// <param name="buffer">Where it goes; what is longer is cut.</param>
    /// <param name="length">The bytes written.</param>
    /// <returns>False when there is none.</returns>
    /// <exception cref="LinuxException">The link is down or gone.</exception>
    public bool TryReceive(Span<byte> buffer, out int length)
    {
        const int ControlLength = 64;
        byte* control = stackalloc byte[ControlLength];
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, 64);
        nint received;
        nuint controlLength;
        fixed (byte* to = buffer)
        {
            IoVector vector = new() { Base = to, Length = (nuint)(buffer.Length - TagLength) };
            MessageHeader message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlLength };
            received = Libc.recvmsg(_handle, &message, LibcConstants.MsgDontWait);
            controlLength = message.ControlLength;
        }

        if (received < 0)
        {
            length = 0;
            return Marshal.GetLastPInvokeError() is Errno.Again or Errno.Interrupted
                ? false
                : throw LinuxException.ForLastError(string.Create(CultureInfo.InvariantCulture, $"receive on link {_linkIndex}"));
        }

        length = (int)received;
        ControlHeader* header = (ControlHeader*)control;
        if (controlLength >= (nuint)(sizeof(ControlHeader) + sizeof(AuxiliaryData)) && header->Level == LibcConstants.SolPacket && header->Type == LibcConstants.PacketAuxiliaryData)
        {
            AuxiliaryData* data = (AuxiliaryData*)(control + sizeof(ControlHeader));
            if ((data->Status & AuxiliaryData.TagValid) != 0)
            {
                buffer[12..length].CopyTo(buffer[(12 + TagLength)..]);
                BinaryPrimitives.WriteUInt16BigEndian(buffer[12..], (data->Status & AuxiliaryData.TagTypeValid) != 0 ? data->TagType : (ushort)0x8100);
                BinaryPrimitives.WriteUInt16BigEndian(buffer[14..], data->Tag);
                length += TagLength;
            }
        }

        return true;
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose()
    {
        _receiver?.Dispose();
        _handle.Dispose();
    }

    /// <summary>A socket bound to nothing, which hears nothing.</summary>
    internal static SafeSocketHandle Create(NetworkNamespace? networkNamespace) =>
        SocketFactory.Open(networkNamespace, LibcConstants.AfPacket, LibcConstants.SockRaw, 0, "open packet socket");

    private static PacketSocket OpenFiltered(int linkIndex, NetworkNamespace? networkNamespace, ushort etherType, ReadOnlySpan<FilterInstruction> filter)
    {
        SafeSocketHandle handle = Create(networkNamespace);
        try
        {
            int on = 1;
            bool isSetUp = Libc.setsockopt(handle, LibcConstants.SolPacket, LibcConstants.PacketIgnoreOutgoing, &on, sizeof(int)) == 0;
            fixed (FilterInstruction* instructions = filter)
            {
                // Before the socket hears anything.
                FilterProgram program = new() { Length = (ushort)filter.Length, Instructions = instructions };
                isSetUp = isSetUp && (filter.IsEmpty || Libc.setsockopt(handle, SocketLevel, AttachFilter, &program, (uint)sizeof(FilterProgram)) == 0);
            }

            LinkLayerAddress address = AddressOf(linkIndex);
            address.Protocol = (ushort)IPAddress.HostToNetworkOrder((short)etherType);
            if (!isSetUp || Libc.bind(handle, &address, (uint)sizeof(LinkLayerAddress)) != 0)
            {
                throw LinuxException.ForLastError(string.Create(CultureInfo.InvariantCulture, $"set up packet socket on link {linkIndex}"));
            }

            return new PacketSocket(handle, linkIndex, receive: true);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private nint SendCore(ReadOnlySpan<byte> frame)
    {
        LinkLayerAddress address = AddressOf(_linkIndex);
        fixed (byte* pointer = frame)
        {
            return Libc.sendto(_handle, pointer, (nuint)frame.Length, 0, &address, (uint)sizeof(LinkLayerAddress));
        }
    }

    private static LinuxException Failure(int length, int linkIndex) =>
        LinuxException.ForLastError(string.Create(CultureInfo.InvariantCulture, $"send {length} bytes on link {linkIndex}"));

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

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public FilterInstruction* Instructions;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct cmsghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }

    /// <summary>struct tpacket_auxdata.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct AuxiliaryData
    {
        public const uint TagValid = 1 << 4;     // TP_STATUS_VLAN_VALID
        public const uint TagTypeValid = 1 << 6; // TP_STATUS_VLAN_TPID_VALID

        public uint Status;
        public uint Length;
        public uint Captured;
        public ushort LinkHeader;
        public ushort NetworkHeader;
        public ushort Tag;
        public ushort TagType;
    }
}
