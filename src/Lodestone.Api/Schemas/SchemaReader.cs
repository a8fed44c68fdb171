using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Lodestone.Api.Json;
using Lodestone.Api.Validation;

namespace Lodestone.Api.Schemas;

/// <summary>Reads a document against a schema in one pass: tells unknown and duplicate fields and wrong types, and writes the document without what the schema does not know.</summary>
/// <remarks>
/// What was written without type errors can be deserialized into the kind's C# type. A member that is <c>null</c> is left out, and is
/// the empty string in a map of strings, as Go's decoder reads it; a <c>null</c> item of a list is a type error.
/// </remarks>
public static class SchemaReader
{
    private const int MaxFindings = 256;

    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true };

    /// <summary>How what clients send is read: nested deeper than any kind is, since unknown fields count too, but not without end.</summary>
    public static JsonReaderOptions ReaderOptions { get; } = new() { MaxDepth = 256 };

    /// <summary>Reads <paramref name="json"/> and writes the pruned document to <paramref name="output"/>.</summary>
    /// <exception cref="JsonException">The document is no JSON, or no UTF-8.</exception>
    public static SchemaFindings Read(ReadOnlySpan<byte> json, Schema schema, IBufferWriter<byte> output)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("the document is not valid UTF-8");
        }

        SchemaFindings findings = ReadOnce(json, schema, output, out ArrayBufferWriter<byte>? deduplicated);
        if (deduplicated is not null)
        {
            ReadOnce(deduplicated.WrittenSpan, schema, output, out _);
        }

        return findings;
    }

    // Where a member stands twice the output is not usable: then the document without the earlier ones comes back for a second reading.
    private static SchemaFindings ReadOnce(ReadOnlySpan<byte> json, Schema schema, IBufferWriter<byte> output, out ArrayBufferWriter<byte>? deduplicated)
    {
        var buffer = new ArrayBufferWriter<byte>(Math.Max(json.Length, 256));
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        var walker = new Walker(writer);
        var reader = new Utf8JsonReader(json, ReaderOptions);
        deduplicated = null;
        try
        {
            reader.Read();
            walker.Value(ref reader, schema);
            reader.Read();
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a string of the document is not valid UTF-16", e);
        }

        if (walker.Findings.Duplicate.Count > 0)
        {
            deduplicated = Deduplicate(json);
        }
        else
        {
            writer.Flush();
            output.Write(buffer.WrittenSpan);
        }

        return walker.Findings;
    }

    private static ArrayBufferWriter<byte> Deduplicate(ReadOnlySpan<byte> json)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length);
        using var writer = new Utf8JsonWriter(buffer, WriterOptions);
        var reader = new Utf8JsonReader(json, ReaderOptions);
        WriteLastOfEach(JsonElement.ParseValue(ref reader), writer);
        writer.Flush();
        return buffer;
    }

    private static void WriteLastOfEach(JsonElement element, Utf8JsonWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var last = new Dictionary<string, JsonElement>();
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    last[property.Name] = property.Value;
                }

                writer.WriteStartObject();
                foreach ((string name, JsonElement value) in last)
                {
                    writer.WritePropertyName(name);
                    WriteLastOfEach(value, writer);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in element.EnumerateArray())
                {
                    WriteLastOfEach(item, writer);
                }

                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    // Each method leaves the reader on the last token of the value it was given.
    private sealed class Walker(Utf8JsonWriter writer)
    {
        private readonly List<(string? Name, int Index)> _path = [];

        public SchemaFindings Findings { get; } = new();

        public void Value(ref Utf8JsonReader reader, Schema schema)
        {
            switch (schema.Type)
            {
                case SchemaType.Any:
                    JsonElement.ParseValue(ref reader).WriteTo(writer);
                    break;
                case SchemaType.Object when reader.TokenType == JsonTokenType.StartObject:
                    Object(ref reader, schema);
                    break;
                case SchemaType.Array when reader.TokenType == JsonTokenType.StartArray:
                    Array(ref reader, schema.Items!);
                    break;
                case SchemaType.String or SchemaType.IntOrString when reader.TokenType == JsonTokenType.String:
                    Text(ref reader, schema);
                    break;
                case SchemaType.Integer or SchemaType.IntOrString when reader.TokenType == JsonTokenType.Number:
                    Number(ref reader, schema);
                    break;
                case SchemaType.Boolean when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                    writer.WriteBooleanValue(reader.GetBoolean());
                    break;
                default:
                    WrongType(ref reader, schema);
                    break;
            }
        }

        private void Object(ref Utf8JsonReader reader, Schema schema)
        {
            writer.WriteStartObject();
            ulong seen = 0;
            int expected = 0;
            HashSet<string>? keys = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                int index = IndexOf(ref reader, schema.Properties, expected);
                if (index >= 0)
                {
                    SchemaProperty property = schema.Properties[index];
                    expected = index + 1;
                    if ((seen & (1UL << index)) != 0)
                    {
                        Note(Findings.Duplicate, property.Name);
                    }

                    seen |= 1UL << index;
                    reader.Read();
                    Member(ref reader, property.Name, property.Schema);
                    continue;
                }

                string key = reader.GetString()!;
                reader.Read();
                if (schema.AdditionalProperties is null && !schema.PreserveUnknownFields)
                {
                    Note(Findings.Unknown, key);
                    reader.Skip();
                    continue;
                }

                keys ??= [];
                if (!keys.Add(key))
                {
                    Note(Findings.Duplicate, key);
                }

                if (schema.AdditionalProperties is { Type: SchemaType.String } && reader.TokenType == JsonTokenType.Null)
                {
                    // Go's decoder reads a null in a map of strings as an empty one.
                    writer.WriteString(key, "");
                }
                else if (schema.AdditionalProperties is { } values)
                {
                    Member(ref reader, key, values);
                }
                else
                {
                    writer.WritePropertyName(key);
                    JsonElement.ParseValue(ref reader).WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        private void Member(ref Utf8JsonReader reader, string name, Schema schema)
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                return;
            }

            writer.WritePropertyName(name);
            _path.Add((name, 0));
            Value(ref reader, schema);
            _path.RemoveAt(_path.Count - 1);
        }

        private void Array(ref Utf8JsonReader reader, Schema items)
        {
            writer.WriteStartArray();
            for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                _path.Add((null, i));
                Value(ref reader, items);
                _path.RemoveAt(_path.Count - 1);
            }

            writer.WriteEndArray();
        }

        private void Text(ref Utf8JsonReader reader, Schema schema)
        {
            if (schema.Format == "date-time" && !Rfc3339Converter.TryParse(ref reader, out _))
            {
                string text = reader.GetString()!;
                Report(text, $"must be a time as in RFC 3339, for example 2006-01-02T15:04:05Z");
                writer.WriteNullValue();
                return;
            }

            if (schema.Format == "byte" && !Base64.IsValid(reader.GetString()))
            {
                Report("string", "must be base64 as in RFC 4648, section 4");
                writer.WriteStringValue("");
                return;
            }

            if (reader.ValueIsEscaped)
            {
                writer.WriteStringValue(reader.GetString());
            }
            else
            {
                writer.WriteStringValue(reader.ValueSpan);
            }
        }

        private void Number(ref Utf8JsonReader reader, Schema schema)
        {
            if (!reader.TryGetInt64(out long number))
            {
                WrongType(ref reader, schema);
                return;
            }

            if (schema.Format == "int32" && number is < int.MinValue or > int.MaxValue)
            {
                Report(number, $"must be a 32-bit integer");
            }

            writer.WriteNumberValue(number);
        }

        private void WrongType(ref Utf8JsonReader reader, Schema schema)
        {
            string actual = reader.TokenType switch
            {
                JsonTokenType.StartObject => "object",
                JsonTokenType.StartArray => "array",
                JsonTokenType.String => "string",
                JsonTokenType.Number => reader.TryGetInt64(out _) ? "integer" : "number",
                JsonTokenType.True or JsonTokenType.False => "boolean",
                _ => "null",
            };
            string expected = schema.Type == SchemaType.IntOrString ? "integer,string" : SchemaWriter.TypeName(schema.Type);
            Report(actual, $"{Path()} in body must be of type {expected}: \"{actual}\"".TrimStart());
            reader.Skip();
            writer.WriteNullValue();
        }

        private void Report(object value, string detail)
        {
            if (Findings.Types.Count < MaxFindings)
            {
                Findings.Types.Add(new FieldError(FieldErrorType.TypeInvalid, Path(), value, detail));
            }
        }

        private void Note(List<string> list, string name)
        {
            if (list.Count < MaxFindings)
            {
                string parent = Path();
                list.Add(parent.Length == 0 ? name : $"{parent}.{name}");
            }
        }

        private string Path()
        {
            var path = new StringBuilder();
            foreach ((string? name, int index) in _path)
            {
                if (name is null)
                {
                    path.Append(CultureInfo.InvariantCulture, $"[{index}]");
                }
                else
                {
                    path.Append(path.Length == 0 ? "" : ".").Append(name);
                }
            }

            return path.ToString();
        }

        // Members mostly come in the schema's order, so the search starts after the last one found.
        private static int IndexOf(ref Utf8JsonReader reader, IReadOnlyList<SchemaProperty> properties, int start)
        {
            for (int i = start; i < properties.Count; i++)
            {
                if (reader.ValueTextEquals(properties[i].Utf8Name))
                {
                    return i;
                }
            }

            for (int i = 0; i < Math.Min(start, properties.Count); i++)
            {
                if (reader.ValueTextEquals(properties[i].Utf8Name))
                {
                    return i;
                }
            }

            return -1;
        }
    }
}
