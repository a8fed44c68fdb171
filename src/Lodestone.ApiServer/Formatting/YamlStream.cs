using System.Buffers;
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Lodestone.ApiServer.Formatting;

/// <summary>Turns JSON into YAML without holding more than a few MiB of it.</summary>
/// <remarks>
/// What is short enough is turned as a whole, with sorted keys. Of anything longer, which only lists are, the outermost object keeps the
/// order of its keys, and the elements of its arrays are turned one by one.
/// </remarks>
/// <param name="output">Where the YAML goes.</param>
internal sealed class YamlStream(IBufferWriter<byte> output) : IReformatter
{
    /// <summary>Bytes of JSON that are turned as a whole: more than an object may have.</summary>
    public const int WholeLimit = 4 << 20;

    private readonly ArrayBufferWriter<byte> _rest = new();
    private readonly MemoryStream _bytes = new();
    private StreamWriter? _text;
    private Emitter? _emitter;
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = 512 });

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> json, bool isLast = false)
    {
        _rest.Write(json);
        if (_emitter is null && !isLast && _rest.WrittenCount <= WholeLimit)
        {
            return;
        }

        _text ??= new StreamWriter(_bytes, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        bool isWhole = _emitter is null && isLast;
        _emitter ??= YamlText.Begin(_text);
        if (isWhole)
        {
            var reader = new Utf8JsonReader(_rest.WrittenSpan, isFinalBlock: true, _state);
            using var document = JsonDocument.ParseValue(ref reader);
            YamlText.Emit(_emitter, document.RootElement);
        }
        else
        {
            TurnWhatIsComplete(_emitter, isLast);
        }

        if (isLast)
        {
            YamlText.End(_emitter);
        }

        _text.Flush();
        output.Write(_bytes.GetBuffer().AsSpan(0, (int)_bytes.Length));
        _bytes.SetLength(0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text?.Dispose();
        _bytes.Dispose();
    }

    private void TurnWhatIsComplete(Emitter emitter, bool isLast)
    {
        var reader = new Utf8JsonReader(_rest.WrittenSpan, isLast, _state);
        while (TryTurn(emitter, ref reader))
        {
        }

        _state = reader.CurrentState;
        byte[] rest = _rest.WrittenSpan[(int)reader.BytesConsumed..].ToArray();
        _rest.ResetWrittenCount();
        _rest.Write(rest);
    }

    /// <summary>Turns the next token, or the next value where one is turned as a whole; false when the rest of it has not come yet.</summary>
    private static bool TryTurn(Emitter emitter, ref Utf8JsonReader reader)
    {
        Utf8JsonReader before = reader;
        if (!reader.Read())
        {
            return false;
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when reader.CurrentDepth == 0:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
                return true;
            case JsonTokenType.EndObject:
                emitter.Emit(new MappingEnd());
                return true;
            case JsonTokenType.PropertyName:
                YamlText.EmitString(emitter, reader.GetString()!);
                return true;
            case JsonTokenType.StartArray when reader.CurrentDepth == 1:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
                return true;
            case JsonTokenType.EndArray:
                emitter.Emit(new SequenceEnd());
                return true;
        }

        if (!JsonDocument.TryParseValue(ref reader, out JsonDocument? value))
        {
            reader = before;
            return false;
        }

        using (value)
        {
            YamlText.Emit(emitter, value.RootElement);
        }

        return true;
    }
}
