using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Lodestone.Linux.Netlink;

/// <summary>Builds one request: header, the family's own header, attributes.</summary>
internal sealed class NetlinkRequest
{
    private byte[] _buffer = new byte[256];
    private int _length = NetlinkHeader.Size;

    private NetlinkRequest(ushort type, ushort flags)
    {
        Type = type;
        Flags = flags;
    }

    public ushort Type { get; }

    public ushort Flags { get; }

    /// <summary>Starts a request with the family's own header.</summary>
    public static NetlinkRequest Create<T>(ushort type, ushort flags, T header)
        where T : unmanaged
    {
        var request = new NetlinkRequest(type, flags);
        return request.Raw(header);
    }

    /// <summary>Appends a structure outside of any attribute.</summary>
    public NetlinkRequest Raw<T>(T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(Reserve(Unsafe.SizeOf<T>()), value);
        return this;
    }

    /// <summary>Appends an attribute of bytes.</summary>
    public NetlinkRequest Add(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> target = Reserve(4 + value.Length);
        MemoryMarshal.Write(target, (ushort)(4 + value.Length));
        MemoryMarshal.Write(target[2..], type);
        value.CopyTo(target[4..]);
        return this;
    }

    /// <summary>Appends a number in host byte order.</summary>
    public NetlinkRequest Add(ushort type, uint value) => Add(type, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)));

    /// <summary>Appends one byte.</summary>
    public NetlinkRequest Add(ushort type, byte value) => Add(type, new ReadOnlySpan<byte>(in value));

    /// <summary>Appends text with its NUL.</summary>
    public NetlinkRequest Add(ushort type, string value) => Add(type, Encoding.UTF8.GetBytes(value + '\0'));

    /// <summary>Appends an address as on the wire.</summary>
    public NetlinkRequest Add(ushort type, IPAddress value) => Add(type, value.GetAddressBytes());

    /// <summary>Appends an attribute that holds what <paramref name="content"/> appends.</summary>
    public NetlinkRequest Nest(ushort type, Action<NetlinkRequest> content)
    {
        int start = _length;
        _ = Reserve(4);
        content(this);
        MemoryMarshal.Write(_buffer.AsSpan(start), (ushort)(_length - start));
        MemoryMarshal.Write(_buffer.AsSpan(start + 2), (ushort)(type | RtnlConstants.NestedFlag));
        return this;
    }

    /// <summary>The finished message.</summary>
    public ReadOnlySpan<byte> Finish(uint sequence, ushort extraFlags)
    {
        var header = new NetlinkHeader
        {
            Length = (uint)_length,
            Type = Type,
            Flags = (ushort)(Flags | RtnlConstants.FlagRequest | extraFlags),
            Sequence = sequence,
        };
        MemoryMarshal.Write(_buffer, header);
        return _buffer.AsSpan(0, _length);
    }

    // Everything starts at a multiple of four; the padding stays zero.
    private Span<byte> Reserve(int length)
    {
        int start = _length;
        int end = start + ((length + 3) & ~3);
        if (end > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(end, _buffer.Length * 2));
        }

        _length = end;
        return _buffer.AsSpan(start, length);
    }
}
