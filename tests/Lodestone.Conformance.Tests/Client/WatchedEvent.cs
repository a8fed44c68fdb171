using System.Text.Json.Nodes;

namespace Lodestone.Conformance.Tests.Client;

/// <summary>One event of a watch.</summary>
internal sealed class WatchedEvent(JsonNode json, string path)
{
    public string Type => (string)json["type"]!;

    public JsonNode Object => json["object"]!;

    public string Name => Get("metadata.name");

    public string ResourceVersion => Get("metadata.resourceVersion");

    /// <summary>The text at a path of the object, empty where there is none.</summary>
    public string Get(string at) => JsonPath.Find(Object, at)?.ToString() ?? "";

    /// <summary>Checks type and name.</summary>
    public WatchedEvent Is(string type, string? name = null)
    {
        if (Type != type || (name is not null && Name != name))
        {
            Assert.Fail($"watch {path}: not {type} {name} but\n{json.ToJsonString()}");
        }

        return this;
    }

    /// <summary>Checks the object; see <see cref="JsonPattern"/>.</summary>
    public WatchedEvent Matches(string pattern, bool isExact = false)
    {
        IReadOnlyList<string> differences = JsonPattern.Differences(Object, pattern, isExact);
        if (differences.Count > 0)
        {
            Assert.Fail($"watch {path}: {Type} differs:\n  {string.Join("\n  ", differences)}\n{json.ToJsonString()}");
        }

        return this;
    }

    public override string ToString() => json.ToJsonString();
}
