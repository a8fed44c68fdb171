using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lodestone.Api.Json;

/// <summary>RFC 3339 in UTC and whole seconds (meta/v1 Time). Reads any offset and any fraction.</summary>
public sealed class Rfc3339Converter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(ref reader);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    internal static DateTimeOffset Parse(ref Utf8JsonReader reader) =>
        TryParse(ref reader, out DateTimeOffset time)
            ? time
            : throw new JsonException("a time is written as in RFC 3339, for example 2006-01-02T15:04:05Z");

    internal static bool TryParse(ref Utf8JsonReader reader, out DateTimeOffset time)
    {
        time = default;
        return reader.TokenType == JsonTokenType.String
            && reader.GetString() is { Length: >= 20 } text
            && text[10] is ('T' or 't')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }
}
