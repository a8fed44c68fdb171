using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Lodestone.ApiServer.Protobuf;

/// <summary>Writes a message as the JSON a client could have sent instead. Unknown fields are passed over, as Kubernetes does.</summary>
/// <remarks>
/// Fields may come in any order and lists in pieces, so the message is read once for every field it may
/// have: no more than a screenful, and what is nested is jumped over. Nothing is built in between.
/// </remarks>
internal static class ProtobufTranscoder
{
    private const int MaxNanoseconds = 999_999_999;
    private const int NanosecondsPerTick = 100;
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ssZ";
    private const string MicroTimeFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";
    private static readonly long MinSeconds = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    private static readonly long MaxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>Writes the fields of a message into the object that is open.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="fields">The fields that are known.</param>
    /// <param name="message">The message.</param>
    /// <param name="path">What the message is, for errors.</param>
    /// <exception cref="ProtobufException">The message is malformed.</exception>
    public static void WriteFields(Utf8JsonWriter writer, ProtobufField[] fields, ReadOnlySpan<byte> message, string path)
    {
        foreach (ProtobufField field in fields)
        {
            if (field.Type is ProtobufType.Map or ProtobufType.BytesMap or ProtobufType.TextsMap)
            {
                WriteMap(writer, field, message, path);
            }
            else if (field.IsRepeated)
            {
                WriteList(writer, field, message, path);
            }
            else
            {
                WriteSingle(writer, field, message, path);
            }
        }
    }

    private static void WriteMap(Utf8JsonWriter writer, ProtobufField field, ReadOnlySpan<byte> message, string path)
    {
        string child = $"{path}.{field.Name}";
        Dictionary<string, byte[]>? map = null;
        var reader = new WireReader(message, path);
        while (reader.Read())
        {
            if (reader.Number != field.Number)
            {
                continue;
            }

            (string key, byte[] value) = ("", []);
            var entry = new WireReader(reader.GetBytes(), child);
            while (entry.Read())
            {
                switch (entry.Number)
                {
                    case 1:
                        key = Encoding.UTF8.GetString(entry.GetText());
                        break;
                    case 2:
                        value = (field.Type == ProtobufType.Map ? entry.GetText() : entry.GetBytes()).ToArray();
                        break;
                }
            }

            (map ??= [])[key] = value;
        }

        if (map is null)
        {
            return;
        }

        writer.WriteStartObject(field.Name);
        foreach ((string key, byte[] value) in map)
        {
            writer.WritePropertyName(key);
            WriteMapValue(writer, field.Type, value, child);
        }

        writer.WriteEndObject();
    }

    private static void WriteMapValue(Utf8JsonWriter writer, ProtobufType type, byte[] value, string path)
    {
        switch (type)
        {
            case ProtobufType.BytesMap:
                writer.WriteBase64StringValue(value);
                break;
            case ProtobufType.TextsMap:
                writer.WriteStartArray();
                var items = new WireReader(value, path);
                while (items.Read())
                {
                    if (items.Number == 1)
                    {
                        writer.WriteStringValue(items.GetText());
                    }
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(value);
                break;
        }
    }

    private static void WriteList(Utf8JsonWriter writer, ProtobufField field, ReadOnlySpan<byte> message, string path)
    {
        bool isOpen = false;
        var reader = new WireReader(message, path);
        while (reader.Read())
        {
            if (reader.Number != field.Number)
            {
                continue;
            }

            if (!isOpen)
            {
                writer.WriteStartArray(field.Name);
                isOpen = true;
            }

            if (field.Message is null)
            {
                writer.WriteStringValue(reader.GetText());
            }
            else
            {
                WriteMessage(writer, field, reader.GetBytes(), path);
            }
        }

        if (isOpen)
        {
            writer.WriteEndArray();
        }
    }

    private static void WriteSingle(Utf8JsonWriter writer, ProtobufField field, ReadOnlySpan<byte> message, string path)
    {
        bool isGiven = false;
        ulong number = 0;
        ReadOnlySpan<byte> bytes = default;
        ArrayBufferWriter<byte>? merged = null;
        var reader = new WireReader(message, path);
        while (reader.Read())
        {
            if (reader.Number != field.Number)
            {
                continue;
            }

            if (field.Type is ProtobufType.Int32 or ProtobufType.Int64 or ProtobufType.Boolean)
            {
                number = reader.GetVarint();
            }
            else if (field.Type == ProtobufType.Text)
            {
                bytes = reader.GetText();
            }
            else if (isGiven)
            {
                // A message in pieces is the message of the pieces' bytes.
                if (merged is null)
                {
                    merged = new ArrayBufferWriter<byte>();
                    merged.Write(bytes);
                }

                merged.Write(reader.GetBytes());
            }
            else
            {
                bytes = reader.GetBytes();
            }

            isGiven = true;
        }

        if (isGiven)
        {
            WriteValue(writer, field, number, merged is null ? bytes : merged.WrittenSpan, path);
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, ProtobufField field, ulong number, ReadOnlySpan<byte> bytes, string path)
    {
        bool isZero = number == 0 && bytes.IsEmpty;
        if (isZero && !field.HasPresence && field.Type != ProtobufType.Message)
        {
            return;
        }

        writer.WritePropertyName(field.Name);
        switch (field.Type)
        {
            case ProtobufType.Int32:
                writer.WriteNumberValue(unchecked((int)number));
                break;
            case ProtobufType.Int64:
                writer.WriteNumberValue(unchecked((long)number));
                break;
            case ProtobufType.Boolean:
                writer.WriteBooleanValue(number != 0);
                break;
            case ProtobufType.Text:
                writer.WriteStringValue(bytes);
                break;
            case ProtobufType.Bytes:
                writer.WriteBase64StringValue(bytes);
                break;
            case ProtobufType.Time:
                writer.WriteStringValue(FormatTime(bytes, TimeFormat, $"{path}.{field.Name}"));
                break;
            case ProtobufType.MicroTime:
                writer.WriteStringValue(FormatTime(bytes, MicroTimeFormat, $"{path}.{field.Name}"));
                break;
            case ProtobufType.Json:
                WriteJson(writer, bytes, $"{path}.{field.Name}");
                break;
            default:
                WriteMessage(writer, field, bytes, path);
                break;
        }
    }

    private static void WriteJson(Utf8JsonWriter writer, ReadOnlySpan<byte> message, string path)
    {
        ReadOnlySpan<byte> json = "{}"u8;
        var reader = new WireReader(message, path);
        while (reader.Read())
        {
            json = reader.Number == 1 ? reader.GetText() : json;
        }

        try
        {
            writer.WriteRawValue(json);
        }
        catch (JsonException exception)
        {
            throw new ProtobufException($"{path}: it is no JSON: {exception.Message}");
        }
    }

    private static void WriteMessage(Utf8JsonWriter writer, ProtobufField field, ReadOnlySpan<byte> message, string path)
    {
        writer.WriteStartObject();
        WriteFields(writer, field.Message!, message, $"{path}.{field.Name}");
        writer.WriteEndObject();
    }

    private static string FormatTime(ReadOnlySpan<byte> message, string format, string path)
    {
        (long seconds, long nanoseconds) = (0, 0);
        var reader = new WireReader(message, path);
        while (reader.Read())
        {
            switch (reader.Number)
            {
                case 1:
                    seconds = unchecked((long)reader.GetVarint());
                    break;
                case 2:
                    nanoseconds = unchecked((int)reader.GetVarint());
                    break;
            }
        }

        if (seconds < MinSeconds || seconds > MaxSeconds || nanoseconds is < 0 or > MaxNanoseconds)
        {
            throw new ProtobufException($"{path}: {seconds} s and {nanoseconds} ns are no time from the year 1 to 9999");
        }

        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / NanosecondsPerTick).ToString(format, CultureInfo.InvariantCulture);
    }
}
