using System.Text.Json;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Json;

/// <summary>Reads JSON as a <see cref="Value"/>; names and short strings are shared with the stored objects.</summary>
internal static class ValueReader
{
    private const int MaxDepth = 256;

    /// <summary>Reads one value and nothing after it. The last of two equal names counts.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static Value Read(ReadOnlySpan<byte> utf8) => Read(utf8, 0, out _);

    /// <inheritdoc cref="Read(ReadOnlySpan{byte})"/>
    /// <param name="utf8">The text.</param>
    /// <param name="hasRepetition">Whether any object has a name twice.</param>
    public static Value Read(ReadOnlySpan<byte> utf8, out bool hasRepetition) => Read(utf8, 0, out hasRepetition);

    /// <summary>Reads an object without its <c>metadata.managedFields</c>.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static Value ReadObject(ReadOnlySpan<byte> utf8) => Read(utf8, 2, out _);

    private static Value Read(ReadOnlySpan<byte> utf8, int level, out bool hasRepetition)
    {
        hasRepetition = false;
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read())
        {
            throw new JsonException("unexpected end of JSON input");
        }

        Value value = Read(ref reader, level, ref hasRepetition);
        return reader.Read() ? throw new JsonException("text after the value") : value;
    }

    /// <summary>Reads the value the reader stands on, and leaves it on the value's last token.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="level">2 for an object whose metadata is to be read without managedFields, 1 for that metadata, else 0.</param>
    /// <param name="hasRepetition">Becomes true if any object has a name twice.</param>
    private static Value Read(ref Utf8JsonReader reader, int level, ref bool hasRepetition)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadMap(ref reader, level, ref hasRepetition);
            case JsonTokenType.StartArray:
                return ReadList(ref reader, ref hasRepetition);
            case JsonTokenType.String:
                return Value.Of(StringPool.Shared.Get(ref reader));
            case JsonTokenType.Number:
                return reader.TryGetInt64(out long integer) ? Value.Of(integer) : ReadFloat(ref reader);
            case JsonTokenType.True:
                return Value.Of(true);
            case JsonTokenType.False:
                return Value.Of(false);
            default:
                return Value.Null;
        }
    }

    private static Value ReadFloat(ref Utf8JsonReader reader)
    {
        double number = reader.GetDouble();
        return double.IsFinite(number) ? Value.Of(number) : throw new JsonException("a number is out of range");
    }

    private static Value ReadList(ref Utf8JsonReader reader, ref bool hasRepetition)
    {
        var items = default(PooledList<Value>);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Read(ref reader, 0, ref hasRepetition));
        }

        return Value.Of(items.ToArray());
    }

    private static Value ReadMap(ref Utf8JsonReader reader, int level, ref bool hasRepetition)
    {
        var members = default(PooledList<KeyValuePair<string, Value>>);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isMetadata = level == 2 && reader.ValueTextEquals("metadata"u8);
            if (level == 1 && reader.ValueTextEquals("managedFields"u8))
            {
                reader.Read();
                reader.Skip();
                continue;
            }

            string name = StringPool.Shared.Get(ref reader);
            reader.Read();
            members.Add(new(name, Read(ref reader, isMetadata ? 1 : 0, ref hasRepetition)));
        }

        KeyValuePair<string, Value>[] distinct = members.ToArray();
        if (HasRepetition(distinct))
        {
            hasRepetition = true;
            distinct = LastOfEach(distinct);
        }

        return Value.Of(new ValueMap(distinct));
    }

    private static KeyValuePair<string, Value>[] LastOfEach(KeyValuePair<string, Value>[] members)
    {
        var last = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach ((string name, Value value) in members)
        {
            last[name] = value;
        }

        return [.. last];
    }

    private static bool HasRepetition(KeyValuePair<string, Value>[] members)
    {
        if (members.Length > 16)
        {
            return members.Select(m => m.Key).Distinct(StringComparer.Ordinal).Count() < members.Length;
        }

        for (int i = 1; i < members.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (members[i].Key == members[j].Key)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
