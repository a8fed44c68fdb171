using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct quic_key</c>: what a QUIC connection ID says (draft-ietf-quic-load-balancers, plaintext), and where.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct QuicKey
{
    /// <summary>C's <c>QUIC_MAX_ID</c>: bytes of the longest server ID.</summary>
    public const int MaxIdBytes = 8;

    /// <summary>The configuration by which a server asks for the ring; there are none above.</summary>
    public const byte Unroutable = 7;

    /// <summary><see cref="Layout.Vip.Id"/>.</summary>
    public uint Vip;

    /// <summary>Destination port; 0 where <see cref="Layout.Vip.QuicByPort"/> is.</summary>
    public ushort Port;

    /// <summary>The top three bits of the ID's first octet, 0 to 6.</summary>
    public byte Config;

    /// <summary>Bytes of the server ID.</summary>
    public byte Len;

    /// <summary>The server ID as loaded, its first byte lowest; what it lacks to eight bytes is zero.</summary>
    public ulong Server;

    /// <summary>A server ID as it stands in keys.</summary>
    /// <param name="id">1 to <see cref="MaxIdBytes"/> bytes, in the order they have in a packet.</param>
    public static ulong ServerOf(ReadOnlySpan<byte> id)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        word.Clear();
        id.CopyTo(word);
        return BinaryPrimitives.ReadUInt64LittleEndian(word);
    }
}
