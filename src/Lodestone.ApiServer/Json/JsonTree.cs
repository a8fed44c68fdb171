using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Json;

/// <summary>Reads JSON into nodes as the API wants it: bounded depth, the last of two equal keys wins and both are named.</summary>
internal static class JsonTree
{
    /// <summary>The levels that objects and lists may be nested.</summary>
    public const int MaxDepth = 256;

    private const int MaxDuplicates = 256;

    /// <summary>Writes only what JSON itself asks to be escaped; nothing here is ever part of a web page.</summary>
    public static JsonWriterOptions WriterOptions { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = 1000 };

    /// <summary>Reads one value and nothing after it.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="duplicates">Receives the paths of keys that stand twice in their objects, as many as are worth telling; may be null.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8, List<string>? duplicates = null)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read())
        {
            throw new JsonException("unexpected end of JSON input");
        }

        JsonNode? node = ReadValue(ref reader, "", duplicates);
        return reader.Read() ? throw new JsonException("text after the value") : node;
    }

    /// <summary>The object of an already checked text.</summary>
    public static JsonObject ParseObject(ReadOnlySpan<byte> utf8) => (JsonObject)Parse(utf8)!;

    /// <summary>The child object of this name, or null if it is absent or something else.</summary>
    public static JsonObject? Object(this JsonObject parent, string name) => parent[name] as JsonObject;

    /// <summary>The child string of this name, or null if it is absent or something else.</summary>
    public static string? Text(this JsonObject parent, string name) =>
        parent[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The child integer of this name, or null if it is absent or something else.</summary>
    public static long? Integer(this JsonObject parent, string name) =>
        parent[name] is JsonValue value && value.TryGetValue(out long number) ? number : null;

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, string path, List<string>? duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var properties = new JsonObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString()!;
                    reader.Read();
                    string child = duplicates is null ? "" : path.Length == 0 ? name : $"{path}.{name}";
                    if (duplicates?.Count < MaxDuplicates && properties.ContainsKey(name))
                    {
                        duplicates.Add(child);
                    }

                    properties[name] = ReadValue(ref reader, child, duplicates);
                }

                return properties;
            case JsonTokenType.StartArray:
                var items = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadValue(ref reader, duplicates is null ? "" : $"{path}[{items.Count}]", duplicates));
                }

                return items;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.Number:
                return reader.TryGetInt64(out long integer)
                    ? JsonValue.Create(integer)
                    : JsonValue.Create(JsonElement.ParseValue(ref reader));
            case JsonTokenType.True:
                return JsonValue.Create(true);
            case JsonTokenType.False:
                return JsonValue.Create(false);
            default:
                return null;
        }
    }
}
