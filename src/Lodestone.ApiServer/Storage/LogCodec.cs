using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Lodestone.ApiServer.Storage;

/// <summary>The binary form of log entries: lengths and version as little-endian integers, texts and objects as UTF-8.</summary>
internal static class LogCodec
{
    private const byte Put = 1;
    private const byte Delete = 2;

    /// <summary>Appends one entry.</summary>
    public static void Write(ArrayBufferWriter<byte> output, in LogEntry entry)
    {
        int resourceLength = Encoding.UTF8.GetByteCount(entry.Resource);
        int keyLength = Encoding.UTF8.GetByteCount(entry.Key);
        int bodyLength = entry.Object?.Json.Length ?? 0;
        int total = 1 + 8 + 2 + 2 + 4 + resourceLength + keyLength + bodyLength;
        Span<byte> span = output.GetSpan(total);
        span[0] = entry.Object is null ? Delete : Put;
        BinaryPrimitives.WriteInt64LittleEndian(span[1..], entry.ResourceVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(span[9..], checked((ushort)resourceLength));
        BinaryPrimitives.WriteUInt16LittleEndian(span[11..], checked((ushort)keyLength));
        BinaryPrimitives.WriteInt32LittleEndian(span[13..], bodyLength);
        Encoding.UTF8.GetBytes(entry.Resource, span[17..]);
        Encoding.UTF8.GetBytes(entry.Key, span[(17 + resourceLength)..]);
        entry.Object?.Json.CopyTo(span[(17 + resourceLength + keyLength)..]);
        output.Advance(total);
    }

    /// <summary>Reads all entries of a record.</summary>
    /// <exception cref="FormatException">The bytes are not what <see cref="Write"/> wrote.</exception>
    public static void ReadAll(ReadOnlySpan<byte> bytes, Action<LogEntry> read)
    {
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < 17)
            {
                throw new FormatException("an entry is cut short");
            }

            byte kind = bytes[0];
            long resourceVersion = BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]);
            int resourceLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[9..]);
            int keyLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[11..]);
            int bodyLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[13..]);
            bytes = bytes[17..];
            if (kind is not (Put or Delete) || bodyLength < 0 || bytes.Length < resourceLength + keyLength + (long)bodyLength)
            {
                throw new FormatException("an entry is not of a known form");
            }

            string resource = StringPool.Shared.Get(bytes[..resourceLength]);
            string key = Encoding.UTF8.GetString(bytes.Slice(resourceLength, keyLength));
            ReadOnlySpan<byte> body = bytes.Slice(resourceLength + keyLength, bodyLength);
            read(new LogEntry(resource, key, resourceVersion, kind == Put ? StoredObject.Load(body.ToArray()) : null));
            bytes = bytes[(resourceLength + keyLength + bodyLength)..];
        }
    }
}
