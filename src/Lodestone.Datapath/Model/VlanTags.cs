using System.Buffers.Binary;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Model;

/// <summary>VLAN tags in a frame, at most two (IEEE 802.1Q and 802.1ad).</summary>
public static class VlanTags
{
    /// <summary>Bytes of one.</summary>
    public const int Size = 4;

    private const int At = 2 * MacAddress.Size;
    private const ushort Customer = 0x8100; // 802.1Q
    private const ushort Service = 0x88a8;  // 802.1ad
    private const ushort IdMask = 0x0fff;

    /// <summary>Whether an ethertype announces a tag.</summary>
    public static bool IsTag(ushort etherType) => etherType is Customer or Service;

    /// <summary>The tags of a frame, two at most, and the VLAN they mean: outer | inner &lt;&lt; 16 without those of id 0, which are priorities.</summary>
    /// <returns>Their bytes; null where the frame is tagged and ends before what would be a second tag, or the ethertype behind it.</returns>
    public static byte[]? Read(ReadOnlySpan<byte> frame, out uint vlans)
    {
        vlans = 0;
        if (frame.Length < EthernetHeader.Size || !IsTag(Word(frame, At)))
        {
            return [];
        }

        if (frame.Length < At + (2 * Size))
        {
            return null;
        }

        int count = IsTag(Word(frame, At + Size)) ? 2 : 1;
        if (frame.Length < At + (count * Size) + 2)
        {
            return null;
        }

        for (int i = count - 1; i >= 0; i--)
        {
            uint id = (uint)Word(frame, At + (i * Size) + 2) & IdMask;
            vlans = id == 0 ? vlans : id | (vlans << 16);
        }

        return frame.Slice(At, count * Size).ToArray();
    }

    /// <summary>The frame without its first <paramref name="bytes"/> of tags.</summary>
    public static byte[] Strip(ReadOnlySpan<byte> frame, int bytes) => [.. frame[..At], .. frame[(At + bytes)..]];

    /// <summary>The frame with tags in front of its ethertype.</summary>
    public static byte[] Insert(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> tags) => [.. frame[..At], .. tags, .. frame[At..]];

    /// <summary>The tags of a VLAN: one of 802.1Q, or one of 802.1ad around one.</summary>
    /// <param name="vlans">Outer | inner &lt;&lt; 16; 0 is none.</param>
    public static byte[] Of(uint vlans)
    {
        byte[] tags = new byte[vlans == 0 ? 0 : vlans > ushort.MaxValue ? 2 * Size : Size];
        for (int i = 0; i < tags.Length / Size; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(tags.AsSpan(i * Size), i == 0 && tags.Length > Size ? Service : Customer);
            BinaryPrimitives.WriteUInt16BigEndian(tags.AsSpan((i * Size) + 2), (ushort)(vlans >> (16 * i)));
        }

        return tags;
    }

    private static ushort Word(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
}
