using System.Buffers.Binary;
using System.Text;

namespace Lodestone.ApiServer.Tests.Protobuf;

/// <summary>Writes a message field by field, as a client would.</summary>
internal sealed class ProtobufWriter
{
    private readonly List<byte> _bytes = [];

    public static byte[] Envelope(string apiVersion, string kind, ProtobufWriter raw, string encoding = "", string mediaType = "") =>
    [
        .. "k8s\0"u8,
        .. new ProtobufWriter()
            .Message(1, new ProtobufWriter().Text(1, apiVersion).Text(2, kind))
            .Message(2, raw)
            .Text(3, encoding)
            .Text(4, mediaType)
            .ToArray(),
    ];

    public ProtobufWriter Number(int field, long value)
    {
        Tag(field, 0);
        Varint((ulong)value);
        return this;
    }

    public ProtobufWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtobufWriter Message(int field, ProtobufWriter message) => Bytes(field, message.ToArray());

    public ProtobufWriter Entry(int field, string key, string value) => Message(field, new ProtobufWriter().Text(1, key).Text(2, value));

    public ProtobufWriter Time(int field, long seconds, int nanoseconds = 0) =>
        Message(field, new ProtobufWriter().Number(1, seconds).Number(2, nanoseconds));

    public ProtobufWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, 2);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public ProtobufWriter Fixed32(int field, uint value)
    {
        Tag(field, 5);
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public ProtobufWriter Fixed64(int field, ulong value)
    {
        Tag(field, 1);
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public ProtobufWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public byte[] ToArray() => [.. _bytes];

    private void Tag(int field, int wireType) => Varint((ulong)((field << 3) | wireType));

    private void Varint(ulong value)
    {
        while (value > 0x7f)
        {
            _bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        _bytes.Add((byte)value);
    }
}
