using System.Globalization;
using System.Text.Json;

namespace Lodestone.ApiServer.Tables;

/// <summary>The metadata of a list.</summary>
/// <param name="ResourceVersion">The version the list shows.</param>
/// <param name="Continue">The token of the next page, or null.</param>
/// <param name="RemainingItemCount">How many items later pages have, if known.</param>
internal readonly record struct ListMetadata(long ResourceVersion, string? Continue = null, long? RemainingItemCount = null)
{
    /// <summary>Writes it as an object.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("resourceVersion"u8, ResourceVersion.ToString(CultureInfo.InvariantCulture));
        if (Continue is not null)
        {
            writer.WriteString("continue"u8, Continue);
        }

        if (RemainingItemCount is { } remaining)
        {
            writer.WriteNumber("remainingItemCount"u8, remaining);
        }

        writer.WriteEndObject();
    }
}
