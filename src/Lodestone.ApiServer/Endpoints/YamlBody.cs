using System.Text.Json.Nodes;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Request bodies in YAML.</summary>
internal static class YamlBody
{
    /// <summary>Their media type.</summary>
    public const string MediaType = "application/yaml";

    /// <summary>The first document of a body, as JSON.</summary>
    /// <param name="body">The body.</param>
    /// <param name="duplicates">Receives every key that stands twice in its mapping, see <see cref="YamlJson"/>.</param>
    /// <exception cref="ApiException">400.</exception>
    public static byte[] ToJson(byte[] body, List<string> duplicates)
    {
        try
        {
            JsonNode? node = YamlJson.Read(body, duplicates);
            return Responses.Write(writer => (node ?? new JsonObject()).WriteTo(writer));
        }
        catch (FormatException exception)
        {
            throw ApiErrors.BadRequest($"error converting YAML to JSON: {exception.Message}");
        }
    }
}
