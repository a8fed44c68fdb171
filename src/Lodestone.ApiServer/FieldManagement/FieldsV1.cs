using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Lodestone.ApiServer.Json;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Reads and writes <see cref="FieldSet"/>s in the form Kubernetes calls FieldsV1 (facts 2.1): one JSON object a level, whose keys say how a child is selected.</summary>
internal static class FieldsV1
{
    private const int MaxDepth = 256;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _key;

    [ThreadStatic]
    private static Utf8JsonWriter? _content;

    /// <summary>Reads a set and nothing after it. Keys of unknown kinds are left out with all below them.</summary>
    /// <exception cref="JsonException">It is not JSON, or a key of a known kind is malformed.</exception>
    public static FieldSet Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read())
        {
            throw new JsonException("unexpected end of JSON input");
        }

        FieldSet set = Read(ref reader);
        return reader.Read() ? throw new JsonException("unexpected trailing data after JSON object") : set;
    }

    /// <summary>Reads the set whose object the reader stands on, and leaves it on the object's end.</summary>
    /// <exception cref="JsonException">It is no object, or a key of a known kind is malformed.</exception>
    public static FieldSet Read(ref Utf8JsonReader reader) => ReadNode(ref reader, out _);

    /// <summary>Writes a set.</summary>
    public static void Write(Utf8JsonWriter writer, FieldSet set)
    {
        writer.WriteStartObject();
        WriteNodes(writer, set);
        writer.WriteEndObject();
    }

    private static FieldSet ReadNode(ref Utf8JsonReader reader, out bool isMember)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException($"a set of fields is an object, not {reader.TokenType}");
        }

        isMember = false;
        var nodes = default(PooledList<FieldNode>);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("."u8))
            {
                isMember = true;
                reader.Read();
                reader.Skip();
            }
            else if (ReadElement(ref reader) is { } element)
            {
                reader.Read();
                FieldSet children = ReadNode(ref reader, out bool isChildMember);
                nodes.Add(new FieldNode(element, isChildMember, children));
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        FieldSet set = FieldSet.FromNodes(nodes.ToArray());
        isMember |= set.IsEmpty;
        return set;
    }

    private static PathElement? ReadElement(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return ReadElement(reader.ValueSpan);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        int length = reader.CopyString(rented);
        PathElement? element = ReadElement(rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
        return element;
    }

    private static PathElement? ReadElement(ReadOnlySpan<byte> key)
    {
        if (key.Length < 2 || key[1] != (byte)':')
        {
            throw new JsonException($"\"{Encoding.UTF8.GetString(key)}\" is no path element: it has to start with f:, k:, v: or i:");
        }

        ReadOnlySpan<byte> content = key[2..];
        switch (key[0])
        {
            case (byte)'f':
                return PathElement.Field(StringPool.Shared.Get(content));
            case (byte)'k':
                return ValueReader.Read(content).Map is { } members
                    ? PathElement.Key(members.Members.ToArray())
                    : throw new JsonException($"\"{Encoding.UTF8.GetString(key)}\" is no key of a list item: an object has to follow");
            case (byte)'v':
                return PathElement.Item(ValueReader.Read(content));
            case (byte)'i':
                return Utf8Parser.TryParse(content, out int index, out int length) && length == content.Length
                    ? PathElement.Index(index)
                    : throw new JsonException($"\"{Encoding.UTF8.GetString(key)}\" is no index: a whole number has to follow");
            default:
                return null;
        }
    }

    private static void WriteNodes(Utf8JsonWriter writer, FieldSet set)
    {
        foreach (FieldNode node in set.Nodes)
        {
            WriteElement(writer, node.Element);
            writer.WriteStartObject();
            if (node.IsMember && !node.Children.IsEmpty)
            {
                writer.WriteStartObject("."u8);
                writer.WriteEndObject();
            }

            WriteNodes(writer, node.Children);
            writer.WriteEndObject();
        }
    }

    private static void WriteElement(Utf8JsonWriter writer, PathElement element)
    {
        ArrayBufferWriter<byte> key = _key ??= new ArrayBufferWriter<byte>(256);
        key.ResetWrittenCount();
        if (element.Name is { } name)
        {
            key.Write("f:"u8);
            Encoding.UTF8.GetBytes(name, key);
        }
        else
        {
            key.Write(element.Kind switch { PathElementKind.Key => "k:"u8, PathElementKind.Item => "v:"u8, _ => "i:"u8 });
            Utf8JsonWriter content = _content ??= new Utf8JsonWriter(key, JsonTree.WriterOptions);
            content.Reset(key);
            element.Content.WriteTo(content);
            content.Flush();
        }

        writer.WritePropertyName(key.WrittenSpan);
    }
}
