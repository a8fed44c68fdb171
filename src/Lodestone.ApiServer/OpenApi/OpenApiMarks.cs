using System.Text.Json;

namespace Lodestone.ApiServer.OpenApi;

/// <summary>The extensions by which clients find an operation in either document.</summary>
internal static class OpenApiMarks
{
    /// <summary>Writes <c>x-kubernetes-action</c> and <c>x-kubernetes-group-version-kind</c>.</summary>
    public static void Write(Utf8JsonWriter writer, ApiOperation operation)
    {
        writer.WriteString("x-kubernetes-action", operation.Action);
        writer.WriteStartObject("x-kubernetes-group-version-kind");
        writer.WriteString("group", operation.Kind.Group);
        writer.WriteString("kind", operation.Kind.Kind);
        writer.WriteString("version", operation.Kind.Version);
        writer.WriteEndObject();
    }
}
