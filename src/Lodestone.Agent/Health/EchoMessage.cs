using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Lodestone.Agent.Health;

/// <summary>An echo request of a check, and what answers it (RFC 792; RFC 4443, 4). Immutable.</summary>
/// <remarks>
/// Identifier, sequence number and data are random. The kernel shows every raw socket what comes from its peer: of the targets of one VIP
/// each socket hears all, and the data tells whose answer it is, which no other workload can know.
/// </remarks>
internal sealed class EchoMessage
{
    /// <summary>Bytes of the largest packet that is an answer, IPv4 header with options included.</summary>
    internal const int MaxPacket = 60 + Size;

    private const int Size = HeaderSize + DataSize;
    private const int HeaderSize = 8;
    private const int DataSize = 56; // as ping
    private const int IPv4HeaderSize = 20;

    private readonly bool _isIPv6;

    private EchoMessage(bool isIPv6, byte[] request) => (_isIPv6, Request) = (isIPv6, request);

    /// <summary>The request. The checksum of one of ICMPv6 is the kernel's to fill in (RFC 3542, 3.1).</summary>
    internal ReadOnlyMemory<byte> Request { get; }

    private byte ReplyType => (byte)(_isIPv6 ? 129 : 0);

    /// <summary>A request that is like no other.</summary>
    internal static EchoMessage Create(bool isIPv6)
    {
        byte[] request = new byte[Size];
        RandomNumberGenerator.Fill(request.AsSpan(4));
        request[0] = (byte)(isIPv6 ? 128 : 8);
        if (!isIPv6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), Checksum(request));
        }

        return new EchoMessage(isIPv6, request);
    }

    /// <summary>Whether a packet, as a raw socket gives it (of IPv4 with its header), is the answer.</summary>
    internal bool IsAnsweredBy(ReadOnlySpan<byte> packet)
    {
        int header = _isIPv6 ? 0 : packet.Length >= IPv4HeaderSize ? (packet[0] & 0x0f) * 4 : packet.Length;
        if (header > packet.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> message = packet[header..];
        return message.Length == Size
            && message[0] == ReplyType
            && message[1] == 0
            && (_isIPv6 || Checksum(message) == 0)
            && message[4..].SequenceEqual(Request.Span[4..]);
    }

    /// <summary>The Internet checksum (RFC 1071); 0 of what has a right one.</summary>
    private static ushort Checksum(ReadOnlySpan<byte> message)
    {
        uint sum = 0;
        for (int i = 0; i < message.Length; i += sizeof(ushort))
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);
        }

        sum = (sum & ushort.MaxValue) + (sum >> 16);
        return (ushort)~(sum + (sum >> 16));
    }
}
