using System.Text.Json.Serialization;

namespace Lodestone.Api.Json;

/// <summary>A JSON value kept as its text: for what is carried along and seldom looked into.</summary>
/// <param name="utf8">The text in UTF-8; one JSON value, not to be written to.</param>
[JsonConverter(typeof(RawJsonConverter))]
public readonly struct RawJson(ReadOnlyMemory<byte> utf8)
{
    /// <summary>The text in UTF-8.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; } = utf8;

    /// <summary>Whether it is a list without items.</summary>
    public bool IsEmptyList => Utf8.Span.SequenceEqual("[]"u8);
}
