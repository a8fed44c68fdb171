using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lodestone.ApiServer.Formatting;

/// <summary>Indents JSON as it comes, without holding more of it than one token.</summary>
/// <param name="output">Where the indented text goes.</param>
internal sealed class PrettyJson(IBufferWriter<byte> output) : IReformatter
{
    private readonly Utf8JsonWriter _writer = new(output, new JsonWriterOptions
    {
        Indented = true,
        NewLine = "\n",
        SkipValidation = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
    });

    private const int MaxDepth = 512;
    private readonly ArrayBufferWriter<byte> _rest = new();
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = MaxDepth });

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> json, bool isLast = false)
    {
        if (_rest.WrittenCount > 0)
        {
            _rest.Write(json);
            json = _rest.WrittenSpan;
        }

        var reader = new Utf8JsonReader(json, isLast, _state);
        while (reader.Read())
        {
            Copy(ref reader);
        }

        _state = reader.CurrentState;
        byte[] rest = json[(int)reader.BytesConsumed..].ToArray();
        _rest.ResetWrittenCount();
        _rest.Write(rest);
        _writer.Flush();
        if (isLast)
        {
            output.Write("\n"u8);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void Copy(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                _writer.WriteStartObject();
                break;
            case JsonTokenType.EndObject:
                _writer.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                _writer.WriteStartArray();
                break;
            case JsonTokenType.EndArray:
                _writer.WriteEndArray();
                break;
            case JsonTokenType.PropertyName:
                _writer.WritePropertyName(reader.GetString()!);
                break;
            case JsonTokenType.String:
                _writer.WriteStringValue(reader.GetString());
                break;
            case JsonTokenType.True or JsonTokenType.False:
                _writer.WriteBooleanValue(reader.TokenType == JsonTokenType.True);
                break;
            case JsonTokenType.Null:
                _writer.WriteNullValue();
                break;
            case JsonTokenType.Number when reader.TryGetInt64(out long number) && number != 0:
                _writer.WriteNumberValue(number);
                break;
            default:
                // Digit for digit, -0 and 1.0 too.
                _writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                break;
        }
    }
}
