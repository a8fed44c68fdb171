using System.Globalization;
using System.Text.Json.Nodes;

namespace Lodestone.Conformance.Tests.Client;

/// <summary>Finds values by paths such as <c>metadata.labels.app</c>, <c>items[0].metadata.name</c> or <c>metadata.annotations['a.b/c']</c>.</summary>
internal static class JsonPath
{
    /// <summary>The value at a path, or null.</summary>
    public static JsonNode? Find(JsonNode? node, string path)
    {
        int at = 0;
        while (at < path.Length && node is not null)
        {
            if (path[at] == '[')
            {
                int end = path.IndexOf(']', at);
                string key = path[(at + 1)..end];
                node = key[0] == '\'' ? Member(node, key.Trim('\'')) : Item(node, int.Parse(key, CultureInfo.InvariantCulture));
                at = end + 1;
            }
            else
            {
                at += path[at] == '.' ? 1 : 0;
                int end = path.AsSpan(at).IndexOfAny('.', '[');
                end = end < 0 ? path.Length : at + end;
                node = Member(node, path[at..end]);
                at = end;
            }
        }

        return node;
    }

    private static JsonNode? Member(JsonNode node, string name) => node is JsonObject values ? values[name] : null;

    private static JsonNode? Item(JsonNode node, int index) => node is JsonArray items && index < items.Count ? items[index] : null;
}
