using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Lodestone.ApiServer.Protobuf;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>Writes an OpenAPI 2.0 document in gnostic's protobuf form.</summary>
internal static class GnosticEncoder
{
    private const int NameField = 1;
    private const int YamlField = 2;
    private static readonly GnosticField Extension = new(2, GnosticForm.Any);

    /// <summary>The document of <paramref name="json"/>.</summary>
    /// <exception cref="NotSupportedException">It has a member that <see cref="GnosticDocument"/> doesn't know: the tables are behind the document.</exception>
    public static byte[] Encode(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return Message(document.RootElement, GnosticDocument.Root);
    }

    private static byte[] Message(JsonElement value, GnosticMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (message.Fields.TryGetValue(member.Name, out GnosticField? field))
            {
                WriteField(output, field, member.Value);
            }
            else if (member.Name.StartsWith("x-", StringComparison.Ordinal) && message.Extensions > 0)
            {
                WriteBytes(output, message.Extensions, Pair(member.Name, Extension, member.Value));
            }
            else if (message.OtherValue is { } other)
            {
                WriteBytes(output, message.Others, Pair(member.Name, other, member.Value));
            }
            else
            {
                throw new NotSupportedException($"OpenAPI 2.0 in protobuf: the member '{member.Name}' is in no table");
            }
        }

        return output.WrittenSpan.ToArray();
    }

    private static byte[] Pair(string name, GnosticField field, JsonElement value)
    {
        var pair = new ArrayBufferWriter<byte>();
        WriteBytes(pair, NameField, Encoding.UTF8.GetBytes(name));
        WriteField(pair, field, value);
        return pair.WrittenSpan.ToArray();
    }

    private static byte[] Parameter(JsonElement parameter)
    {
        (GnosticMessage message, int[] wrappers) = GnosticDocument.Parameter(parameter.GetProperty("in").GetString());
        return Wrap(Message(parameter, message), wrappers);
    }

    private static void WriteField(ArrayBufferWriter<byte> output, GnosticField field, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array && field.Form != GnosticForm.Any)
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                WriteField(output, field, item);
            }

            return;
        }

        switch (field.Form)
        {
            case GnosticForm.Text:
                WriteWrapped(output, field, Encoding.UTF8.GetBytes(value.GetString()!));
                break;
            case GnosticForm.Number:
                WriteTag(output, field.Number, WireType.Varint);
                WriteVarint(output, value.ValueKind == JsonValueKind.True ? 1 : value.ValueKind == JsonValueKind.False ? 0 : (ulong)value.GetInt64());
                break;
            case GnosticForm.Double:
                WriteTag(output, field.Number, WireType.Fixed64);
                BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(sizeof(double)), value.GetDouble());
                output.Advance(sizeof(double));
                break;
            case GnosticForm.Message:
                WriteWrapped(output, field, Message(value, field.Message!()));
                break;
            case GnosticForm.Parameter:
                WriteWrapped(output, field, Parameter(value));
                break;
            default:
                WriteWrapped(output, field, Any(value));
                break;
        }
    }

    /// <summary>JSON is YAML, and clients read it as such.</summary>
    private static byte[] Any(JsonElement value)
    {
        var any = new ArrayBufferWriter<byte>();
        WriteBytes(any, YamlField, Encoding.UTF8.GetBytes(value.GetRawText()));
        return any.WrittenSpan.ToArray();
    }

    private static void WriteWrapped(ArrayBufferWriter<byte> output, GnosticField field, byte[] value) =>
        WriteBytes(output, field.Number, Wrap(value, field.Wrappers));

    private static byte[] Wrap(byte[] value, IReadOnlyList<int> wrappers)
    {
        byte[] wrapped = value;
        foreach (int wrapper in wrappers.Reverse())
        {
            var around = new ArrayBufferWriter<byte>();
            WriteBytes(around, wrapper, wrapped);
            wrapped = around.WrittenSpan.ToArray();
        }

        return wrapped;
    }

    private static void WriteBytes(ArrayBufferWriter<byte> output, int field, ReadOnlySpan<byte> value)
    {
        WriteTag(output, field, WireType.Bytes);
        WriteVarint(output, (ulong)value.Length);
        output.Write(value);
    }

    private static void WriteTag(ArrayBufferWriter<byte> output, int field, WireType type) => WriteVarint(output, ((ulong)field << 3) | (ulong)type);

    private static void WriteVarint(ArrayBufferWriter<byte> output, ulong value)
    {
        Span<byte> bytes = output.GetSpan(10);
        int length = 0;
        while (value > 0x7f)
        {
            bytes[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        bytes[length++] = (byte)value;
        output.Advance(length);
    }
}
