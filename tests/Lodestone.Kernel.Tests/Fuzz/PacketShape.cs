using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>Which headers a frame has, coarsely, as one number: what coverage is counted by, together with the verdict.</summary>
internal static class PacketShape
{
    /// <summary>The shape of a frame that had this verdict.</summary>
    public static uint Of(ReadOnlySpan<byte> frame, Verdict verdict, bool atNic)
    {
        uint shape = ((uint)verdict << 24) | (atNic ? 1u << 23 : 0);
        if (atNic || verdict is Verdict.PassNotAVip or Verdict.DropBadHeader)
        {
            // Nothing behind the IP header was read.
            return frame.Length < 14 ? shape : shape | Known(frame[12..]);
        }

        if (frame.Length < 14)
        {
            return shape;
        }

        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            0x0800 => shape | (1u << 20) | OfIPv4(frame[14..], verdict < Verdict.PassNotAVip),
            0x86dd => shape | (2u << 20) | OfIPv6(frame[14..], verdict < Verdict.PassNotAVip),
            0x0806 => shape | (3u << 20),
            _ => shape,
        };
    }

    private static uint Known(ReadOnlySpan<byte> type) => BinaryPrimitives.ReadUInt16BigEndian(type) switch { 0x0800 => 1, 0x86dd => 2, 0x0806 => 3, _ => 0 };

    private static uint OfIPv4(ReadOnlySpan<byte> ip, bool isDetailed)
    {
        if (ip.Length < 20)
        {
            return 0;
        }

        int header = (ip[0] & 15) * 4;
        uint fragment = BinaryPrimitives.ReadUInt16BigEndian(ip[6..]);
        return ((fragment & 0x1fff) != 0 ? 2u << 18 : (fragment & 0x2000) != 0 ? 1u << 18 : 0)
            | (header > 20 ? 1u << 17 : 0) | OfTransport(ip[9], ip[Math.Clamp(header, 20, ip.Length)..], isDetailed);
    }

    private static uint OfIPv6(ReadOnlySpan<byte> ip, bool isDetailed)
    {
        if (ip.Length < 40)
        {
            return 0;
        }

        byte next = ip[6];
        uint extensions = 0;
        ReadOnlySpan<byte> rest = ip[40..];
        while (next is 0 or 43 or 44 or 60 && rest.Length >= 8 && extensions < 1)
        {
            extensions++;
            int length = next == 44 ? 8 : (rest[1] + 1) * 8;
            next = rest[0];
            rest = rest[Math.Min(length, rest.Length)..];
        }

        return (extensions << 17) | OfTransport(next, rest, isDetailed);
    }

    /// <summary>Protocol in seven bits, and what matters behind it.</summary>
    private static uint OfTransport(byte protocol, ReadOnlySpan<byte> payload, bool isDetailed)
    {
        uint known = protocol switch { 1 => 1, 4 => 2, 6 => 3, 17 => 4, 41 => 5, 44 => 6, 51 => 7, 58 => 8, 132 => 9, _ => 0 };
        uint detail = protocol switch
        {
            _ when !isDetailed => 0,
            1 or 58 => payload.Length > 0 ? TypeOf(protocol, payload[0]) : 15,
            6 => payload.Length > 13 ? (uint)(payload[13] >> 1) & 1 : 15,
            132 => payload.Length > 12 ? Math.Min(payload[12], 2u) : 15,
            _ => payload.Length < 8 ? 15u : 0,
        };
        return (known << 5) | detail;
    }

    private static uint TypeOf(byte protocol, byte type) => (protocol, type) switch
    {
        (1, 3) or (58, 1) => 1,
        (1, 4) or (58, 2) => 2,
        (1, 5) or (58, 137) => 3,
        (1, 8) or (58, 128) => 4,
        (1, 11) or (58, 3) => 5,
        (1, 12) or (58, 4) => 6,
        (58, 135) => 7,
        (58, 136) => 8,
        _ => 0,
    };
}
