using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Http;

/// <summary>Splits a watch stream into its lines and reads each as an event, out of the pipe's own buffers.</summary>
internal static class WatchFrameReader
{
    /// <summary>No object of ours comes near; a server that sends more without a newline is broken.</summary>
    internal const int MaxFrameBytes = 16 * 1024 * 1024;

    /// <summary>Reads until the stream ends. A last line without its newline is a cut connection and is not an event.</summary>
    internal static async IAsyncEnumerable<WatchEvent<T>> ReadAsync<T>(
        Stream stream,
        JsonTypeInfo<T> typeInfo,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        PipeReader pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                ReadResult result = await pipe.ReadAsync(cancellationToken);
                ReadOnlySequence<byte> buffer = result.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    ReadOnlySequence<byte> line = buffer.Slice(0, end);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                    if (!IsBlank(line))
                    {
                        yield return Parse(line, typeInfo);
                    }
                }

                if (result.IsCompleted)
                {
                    yield break;
                }

                if (buffer.Length > MaxFrameBytes)
                {
                    throw new InvalidDataException($"a watch event is longer than {MaxFrameBytes} bytes");
                }

                pipe.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    /// <summary>Reads one event; <c>type</c> and <c>object</c> may come in either order.</summary>
    /// <exception cref="JsonException">The line is not a watch event.</exception>
    internal static WatchEvent<T> Parse<T>(ReadOnlySequence<byte> line, JsonTypeInfo<T> typeInfo)
        where T : KubernetesObject
    {
        WatchEventType? type = null;
        ReadOnlySequence<byte> body = default;
        var reader = new Utf8JsonReader(line);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a watch event is a JSON object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = TypeOf(ref reader);
            }
            else if (reader.ValueTextEquals("object"u8))
            {
                reader.Read();
                long start = reader.TokenStartIndex;
                reader.Skip();
                body = line.Slice(start, reader.BytesConsumed - start);
            }
            else
            {
                reader.Skip();
            }
        }

        if (type is not { } known || body.IsEmpty)
        {
            throw new JsonException("a watch event needs a type and an object");
        }

        var objectReader = new Utf8JsonReader(body);
        return known == WatchEventType.Error
            ? new WatchEvent<T>(known, null, JsonSerializer.Deserialize(ref objectReader, ApiJsonContext.Default.Status))
            : new WatchEvent<T>(known, JsonSerializer.Deserialize(ref objectReader, typeInfo) ?? throw new JsonException("the object of a watch event is null"), null);
    }

    private static WatchEventType TypeOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("ADDED"u8) ? WatchEventType.Added
        : reader.ValueTextEquals("MODIFIED"u8) ? WatchEventType.Modified
        : reader.ValueTextEquals("DELETED"u8) ? WatchEventType.Deleted
        : reader.ValueTextEquals("BOOKMARK"u8) ? WatchEventType.Bookmark
        : reader.ValueTextEquals("ERROR"u8) ? WatchEventType.Error
        : throw new JsonException($"\"{reader.GetString()}\" is not a type of watch event");

    private static bool IsBlank(ReadOnlySequence<byte> line) =>
        line.Length == 0 || (line.Length == 1 && line.FirstSpan[0] == (byte)'\r');
}
