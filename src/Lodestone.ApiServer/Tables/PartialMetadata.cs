using System.Text.Json;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tables;

/// <summary>Writes an object's metadata without the rest.</summary>
internal static class PartialMetadata
{
    /// <summary>A PartialObjectMetadata.</summary>
    public static void Write(Utf8JsonWriter writer, StoredObject item, string metaVersion)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "PartialObjectMetadata"u8);
        writer.WriteString("apiVersion"u8, metaVersion == "v1beta1" ? "meta.k8s.io/v1beta1"u8 : "meta.k8s.io/v1"u8);
        writer.WritePropertyName("metadata"u8);
        writer.WriteRawValue(MetadataOf(item.Json), skipInputValidation: true);
        writer.WriteEndObject();
    }

    private static ReadOnlySpan<byte> MetadataOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isIt)
            {
                return json[start..(int)reader.BytesConsumed];
            }
        }

        return "{}"u8;
    }
}
