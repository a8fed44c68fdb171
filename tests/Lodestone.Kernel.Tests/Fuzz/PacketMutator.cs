using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>Changes frames where their headers say what is meant: addresses, protocols, lengths, fragments, options, flags, quotes.</summary>
internal sealed class PacketMutator(Random random, IReadOnlyList<DatapathAddress> addresses)
{
    private const int Ethernet = 14;
    private const int MaxFrame = 3000;

    private static readonly byte[] Protocols = [0, 1, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 59, 60, 132, 135, 255];
    private static readonly ushort[] EtherTypes = [0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x88cc, 0x0007];

    public byte[] Mutate(byte[] frame)
    {
        byte[] mutant = [.. frame];
        for (int i = random.Next(1, 4); i > 0 && mutant.Length > Ethernet; i--)
        {
            bool isIPv4 = mutant[12] == 0x08 && mutant[13] == 0 && mutant.Length >= Ethernet + 20;
            bool isIPv6 = mutant[12] == 0x86 && mutant[13] == 0xdd && mutant.Length >= Ethernet + 40;
            mutant = random.Next(10) switch
            {
                < 5 when isIPv4 => IPv4(mutant),
                < 5 when isIPv6 => IPv6(mutant),
                5 => Resize(mutant),
                6 => Insert(mutant),
                7 => Flip(mutant, mutant.Length),
                8 when random.Next(4) == 0 => Type(mutant),
                _ => Flip(mutant, Math.Min(mutant.Length, 90)),
            };
        }

        return mutant;
    }

    private byte[] IPv4(byte[] frame)
    {
        Span<byte> ip = frame.AsSpan(Ethernet);
        switch (random.Next(11))
        {
            case 0:
                BinaryPrimitives.WriteUInt32LittleEndian(ip[16..], Address().IPv4Word);
                break;
            case 1:
                BinaryPrimitives.WriteUInt32LittleEndian(ip[12..], Address().IPv4Word);
                break;
            case 2:
                ip[9] = Protocols[random.Next(Protocols.Length)];
                break;
            case 3:
                BinaryPrimitives.WriteUInt16BigEndian(ip[2..], Near(ip.Length));
                break;
            case 4:
                BinaryPrimitives.WriteUInt16BigEndian(ip[6..], (ushort)(random.Next(8) << 13 | (random.Next(2) == 0 ? 0 : random.Next(0x2000))));
                break;
            case 5:
                ip[0] = (byte)(random.Next(4) == 0 ? random.Next(256) : 0x40 | random.Next(16));
                break;
            case 6:
                return Options(frame);
            case 7:
                ip[1] = (byte)random.Next(256);
                break;
            case 8:
                ip[5] = (byte)random.Next(2);
                break;
            default:
                Transport(ip[Math.Min((ip[0] & 15) * 4, ip.Length)..], ip[9]);
                break;
        }

        return frame;
    }

    private byte[] IPv6(byte[] frame)
    {
        Span<byte> ip = frame.AsSpan(Ethernet);
        switch (random.Next(9))
        {
            case 0:
                Address().CopyTo(ip[24..]);
                break;
            case 1:
                Address().CopyTo(ip[8..]);
                break;
            case 2:
                ip[6] = Protocols[random.Next(Protocols.Length)];
                break;
            case 3:
                BinaryPrimitives.WriteUInt16BigEndian(ip[4..], Near(ip.Length - 40));
                break;
            case 4:
                ip[0] = (byte)random.Next(256);
                break;
            case 5 or 6:
                return Extension(frame);
            default:
                Transport(ip[40..], ip[6]);
                break;
        }

        return frame;
    }

    private void Transport(Span<byte> segment, byte protocol)
    {
        if (segment.Length < 8)
        {
            return;
        }

        switch (random.Next(5))
        {
            case 0 when protocol is 1 or 58:
                segment[0] = (byte)random.Next(16);
                break;
            case 1 when protocol is 1 or 58 && segment.Length >= 29:
                segment[8] = (byte)(random.Next(2) == 0 ? 0x40 | random.Next(16) : random.Next(256));
                segment[protocol == 1 ? 17 : 14] = Protocols[random.Next(Protocols.Length)];
                break;
            case 2 when segment.Length > 13:
                segment[13] = (byte)random.Next(256);
                segment[12] = (byte)random.Next(6);
                break;
            case 3:
                (segment[0], segment[1], segment[2], segment[3]) = (segment[2], segment[3], segment[0], segment[1]);
                break;
            default:
                BinaryPrimitives.WriteUInt16BigEndian(segment[2..], (ushort)(random.Next(2) == 0 ? random.Next(1000) : random.Next(65536)));
                break;
        }
    }

    /// <summary>IPv4 options put in, with the lengths that belong to them.</summary>
    private byte[] Options(byte[] frame)
    {
        int words = random.Next(1, 11);
        byte[] options = new byte[words * 4];
        random.NextBytes(options);
        byte[] mutant = [.. frame.AsSpan(0, Ethernet + 20), .. options, .. frame.AsSpan(Ethernet + 20)];
        mutant[Ethernet] = (byte)(0x45 + words);
        Grow(mutant.AsSpan(Ethernet + 2, 2), options.Length);
        return mutant;
    }

    /// <summary>An extension header put in front of what there is.</summary>
    private byte[] Extension(byte[] frame)
    {
        byte[] kinds = [0, 43, 44, 60, 60, 51, 135];
        byte kind = kinds[random.Next(kinds.Length)];
        byte[] header = new byte[kind == 44 ? 8 : 8 * random.Next(1, 5)];
        random.NextBytes(header);
        header[0] = frame[Ethernet + 6];
        if (kind != 44)
        {
            header[1] = (byte)(random.Next(8) == 0 ? random.Next(256) : (header.Length / 8) - 1);
        }
        else if (random.Next(2) == 0)
        {
            (header[2], header[3]) = (0, (byte)random.Next(2));
        }

        byte[] mutant = [.. frame.AsSpan(0, Ethernet + 40), .. header, .. frame.AsSpan(Ethernet + 40)];
        mutant[Ethernet + 6] = kind;
        Grow(mutant.AsSpan(Ethernet + 4, 2), header.Length);
        return mutant;
    }

    private static void Grow(Span<byte> length, int by) =>
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(length) + by));

    private byte[] Resize(byte[] frame)
    {
        int length = random.Next(4) == 0 ? random.Next(Ethernet + 1, 1600) : frame.Length + random.Next(-24, 25);
        byte[] mutant = new byte[Math.Clamp(length, Ethernet + 1, MaxFrame)];
        frame.AsSpan(0, Math.Min(frame.Length, mutant.Length)).CopyTo(mutant);
        return mutant;
    }

    private byte[] Insert(byte[] frame)
    {
        int at = random.Next(Math.Min(frame.Length, 80));
        byte[] bytes = new byte[random.Next(1, 9)];
        random.NextBytes(bytes);
        return frame.Length < MaxFrame - 8 ? [.. frame.AsSpan(0, at), .. bytes, .. frame.AsSpan(at)] : frame;
    }

    private byte[] Flip(byte[] frame, int within)
    {
        int at = random.Next(within);
        frame[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(frame[at] ^ (1 << random.Next(8)));
        return frame;
    }

    private byte[] Type(byte[] frame)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), EtherTypes[random.Next(EtherTypes.Length)]);
        return frame;
    }

    private ushort Near(int length) => (ushort)(random.Next(4) == 0 ? random.Next(65536) : length + random.Next(-24, 9));

    private DatapathAddress Address() => addresses[random.Next(addresses.Count)];
}
