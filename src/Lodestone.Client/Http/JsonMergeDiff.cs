using System.Buffers;
using System.Text.Json;

namespace Lodestone.Client.Http;

/// <summary>Computes a JSON merge patch (RFC 7386). What the C# types don't know is thereby left alone on the server.</summary>
internal static class JsonMergeDiff
{
    /// <summary>The patch that turns one object into the other; null where they are equal.</summary>
    /// <param name="original">The object as it was read.</param>
    /// <param name="modified">The object as it is to be.</param>
    /// <param name="resourceVersion">Put into the patch, so that it only applies to that version; null: to any.</param>
    internal static byte[]? Create(JsonElement original, JsonElement modified, string? resourceVersion)
    {
        if (JsonElement.DeepEquals(original, modified))
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteObject(writer, original, modified, resourceVersion);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteObject(Utf8JsonWriter writer, JsonElement original, JsonElement modified, string? resourceVersion)
    {
        bool versionWritten = resourceVersion is null;
        writer.WriteStartObject();
        foreach (JsonProperty property in modified.EnumerateObject())
        {
            bool isMetadata = !versionWritten && property.NameEquals("metadata"u8);
            bool existed = original.TryGetProperty(property.Name, out JsonElement before);
            if (isMetadata)
            {
                writer.WritePropertyName(property.Name);
                WriteMetadata(writer, before, property.Value, resourceVersion!);
                versionWritten = true;
            }
            else if (!existed || !JsonElement.DeepEquals(before, property.Value))
            {
                writer.WritePropertyName(property.Name);
                WriteValue(writer, existed ? before : default, property.Value);
            }
        }

        WriteRemoved(writer, original, modified);
        writer.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, JsonElement original, JsonElement modified, string resourceVersion)
    {
        writer.WriteStartObject();
        writer.WriteString("resourceVersion"u8, resourceVersion);
        foreach (JsonProperty property in modified.EnumerateObject())
        {
            bool existed = original.TryGetProperty(property.Name, out JsonElement before);
            if (!property.NameEquals("resourceVersion"u8) && (!existed || !JsonElement.DeepEquals(before, property.Value)))
            {
                writer.WritePropertyName(property.Name);
                WriteValue(writer, existed ? before : default, property.Value);
            }
        }

        WriteRemoved(writer, original, modified);
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, JsonElement original, JsonElement modified)
    {
        if (original.ValueKind == JsonValueKind.Object && modified.ValueKind == JsonValueKind.Object)
        {
            WriteObject(writer, original, modified, resourceVersion: null);
        }
        else
        {
            modified.WriteTo(writer);
        }
    }

    private static void WriteRemoved(Utf8JsonWriter writer, JsonElement original, JsonElement modified)
    {
        foreach (JsonProperty property in original.EnumerateObject())
        {
            if (!modified.TryGetProperty(property.Name, out _))
            {
                writer.WriteNull(property.Name);
            }
        }
    }
}
