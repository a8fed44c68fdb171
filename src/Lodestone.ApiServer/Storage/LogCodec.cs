using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Lodestone.ApiServer.Storage;

/// <summary>The binary form of log entries: lengths and version as little-endian integers, texts and objects as UTF-8.</summary>
internal static class LogCodec
{
    private const byte Put = 1;
    private const byte Delete = 2;
    private const int HeaderLength = 1 + 8 + 2 + 2 + 4;

    /// <summary>Appends one entry.</summary>
    public static void Write(ArrayBufferWriter<byte> output, in LogEntry entry)
    {
        int resourceLength = Encoding.UTF8.GetByteCount(entry.Resource);
        int keyLength = Encoding.UTF8.GetByteCount(entry.Key);
        int bodyLength = entry.Object?.Json.Length ?? 0;
        int total = HeaderLength + resourceLength + keyLength + bodyLength;
        Span<byte> span = output.GetSpan(total);
        span[0] = entry.Object is null ? Delete : Put;
        BinaryPrimitives.WriteInt64LittleEndian(span[1..], entry.ResourceVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(span[9..], checked((ushort)resourceLength));
        BinaryPrimitives.WriteUInt16LittleEndian(span[11..], checked((ushort)keyLength));
        BinaryPrimitives.WriteInt32LittleEndian(span[13..], bodyLength);
        Encoding.UTF8.GetBytes(entry.Resource, span[HeaderLength..]);
        Encoding.UTF8.GetBytes(entry.Key, span[(HeaderLength + resourceLength)..]);
        entry.Object?.Json.CopyTo(span[(HeaderLength + resourceLength + keyLength)..]);
        output.Advance(total);
    }

    /// <summary>Reads all entries of a record.</summary>
    /// <exception cref="FormatException">The bytes are not what <see cref="Write"/> wrote.</exception>
    public static void ReadAll(ReadOnlySpan<byte> bytes, Action<LogEntry> read)
    {
        while (!bytes.IsEmpty)
        {
            Parts entry = Next(ref bytes);
            string resource = StringPool.Shared.Get(entry.Resource);
            string key = Encoding.UTF8.GetString(entry.Key);
            StoredObject? value = entry.IsPut ? StoredObject.Load(entry.Body.ToArray(), key) : null;
            if (value is not null && value.ResourceVersion != entry.Version)
            {
                throw new FormatException($"{resource} '{key}' of version {entry.Version} says that it has version {value.ResourceVersion}");
            }

            read(new LogEntry(resource, key, entry.Version, value));
        }
    }

    /// <summary>The versions of a record's first and last entry.</summary>
    /// <exception cref="FormatException">The bytes are not what <see cref="Write"/> wrote.</exception>
    public static (long First, long Last) Versions(ReadOnlySpan<byte> bytes)
    {
        long first = 0, last = 0;
        while (!bytes.IsEmpty)
        {
            last = Next(ref bytes).Version;
            first = first == 0 ? last : first;
        }

        return (first, last);
    }

    private static Parts Next(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength)
        {
            throw new FormatException("an entry is cut short");
        }

        byte kind = bytes[0];
        long version = BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]);
        int resourceLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[9..]);
        int keyLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes[11..]);
        int bodyLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[13..]);
        bytes = bytes[HeaderLength..];
        if (kind is not (Put or Delete) || bodyLength < 0 || bytes.Length < resourceLength + keyLength + (long)bodyLength)
        {
            throw new FormatException("an entry is not of a known form");
        }

        var entry = new Parts
        {
            IsPut = kind == Put,
            Version = version,
            Resource = bytes[..resourceLength],
            Key = bytes.Slice(resourceLength, keyLength),
            Body = bytes.Slice(resourceLength + keyLength, bodyLength),
        };
        bytes = bytes[(resourceLength + keyLength + bodyLength)..];
        return entry;
    }

    private ref struct Parts
    {
        public bool IsPut;
        public long Version;
        public ReadOnlySpan<byte> Resource;
        public ReadOnlySpan<byte> Key;
        public ReadOnlySpan<byte> Body;
    }
}
