using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lodestone.Linux.Netlink;

/// <summary>One received message; valid until the next receive.</summary>
internal readonly ref struct NetlinkMessage(NetlinkHeader header, ReadOnlySpan<byte> payload)
{
    private readonly NetlinkHeader _header = header;
    private readonly ReadOnlySpan<byte> _payload = payload;

    public ushort Type => _header.Type;

    public ushort Flags => _header.Flags;

    public uint Sequence => _header.Sequence;

    /// <summary>What follows the netlink header.</summary>
    public ReadOnlySpan<byte> Payload => _payload;

    /// <summary>The family's own header, such as <see cref="LinkHeader"/>; zero when the message is too short.</summary>
    public T Header<T>()
        where T : unmanaged =>
        _payload.Length >= Unsafe.SizeOf<T>() ? MemoryMarshal.Read<T>(_payload) : default;

    /// <summary>The attributes after the family's own header.</summary>
    public NetlinkAttributes Attributes<T>()
        where T : unmanaged =>
        new(_payload[Math.Min((Unsafe.SizeOf<T>() + 3) & ~3, _payload.Length)..]);

    /// <summary>Takes the first message off a datagram.</summary>
    /// <returns>False at the end, or when what is left is no whole message.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> datagram, out NetlinkMessage message)
    {
        message = default;
        if (datagram.Length < NetlinkHeader.Size)
        {
            return false;
        }

        NetlinkHeader header = MemoryMarshal.Read<NetlinkHeader>(datagram);
        if (header.Length < NetlinkHeader.Size || header.Length > datagram.Length)
        {
            return false;
        }

        message = new NetlinkMessage(header, datagram[NetlinkHeader.Size..(int)header.Length]);
        datagram = datagram[Math.Min(((int)header.Length + 3) & ~3, datagram.Length)..];
        return true;
    }
}
