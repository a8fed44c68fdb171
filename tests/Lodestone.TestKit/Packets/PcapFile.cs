using System.Buffers.Binary;

namespace Lodestone.TestKit.Packets;

/// <summary>Writes Ethernet frames in the format that every dissector reads (pcap, IETF draft-ietf-opsawg-pcap).</summary>
public static class PcapFile
{
    private const uint Magic = 0xa1b2c3d4; // microseconds; its byte order is the file's
    private const int SnapLength = 262144;
    private const int LinkTypeEthernet = 1;

    /// <summary>Writes a file; frame number N, counted from 1, has time stamp N seconds.</summary>
    public static void Write(string path, IEnumerable<byte[]> frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        using FileStream file = File.Create(path);
        Span<byte> header = stackalloc byte[24];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], SnapLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], LinkTypeEthernet);
        file.Write(header);
        Span<byte> record = header[..16];
        int number = 0;
        foreach (byte[] frame in frames)
        {
            BinaryPrimitives.WriteInt32LittleEndian(record, ++number);
            BinaryPrimitives.WriteInt32LittleEndian(record[4..], 0);
            BinaryPrimitives.WriteInt32LittleEndian(record[8..], frame.Length);
            BinaryPrimitives.WriteInt32LittleEndian(record[12..], frame.Length);
            file.Write(record);
            file.Write(frame);
        }
    }
}
