using System.Text.Json.Nodes;
using Lodestone.Api.Schemas;

namespace Lodestone.ApiServer.Tests.Patching;

/// <summary>The strategic merge patch that makes one object of another, as kubectl writes it: nulls, deletions and the order of every list that merges.</summary>
internal static class StrategicDifference
{
    public static JsonObject Of(JsonObject before, JsonObject after, Schema? schema)
    {
        var patch = new JsonObject();
        foreach (string name in before.Select(p => p.Key).Except(after.Select(p => p.Key)))
        {
            patch[name] = null;
        }

        foreach ((string name, JsonNode? value) in after)
        {
            Schema? child = schema?.Find(name)?.Schema ?? schema?.AdditionalProperties;
            if (JsonNode.DeepEquals(before[name], value))
            {
                continue;
            }

            switch (value)
            {
                case JsonObject now when before[name] is JsonObject then:
                    patch[name] = Of(then, now, child);
                    break;
                case JsonArray now when child?.ListType == "set" && before[name] is JsonArray then:
                    Values(patch, name, then, now);
                    break;
                case JsonArray now when child is { ListType: "map", ListMapKeys: [string key] } && before[name] is JsonArray then:
                    Items(patch, name, key, then, now, child.Items!);
                    break;
                default:
                    patch[name] = value?.DeepClone();
                    break;
            }
        }

        return patch;
    }

    private static void Values(JsonObject patch, string name, JsonArray then, JsonArray now)
    {
        static string Text(JsonNode? node) => node!.ToJsonString();
        string[] old = [.. then.Select(Text)], young = [.. now.Select(Text)];
        patch[name] = ToArray(young.Except(old).Select(v => JsonNode.Parse(v)));
        patch[$"$deleteFromPrimitiveList/{name}"] = ToArray(old.Except(young).Select(v => JsonNode.Parse(v)));
        patch[$"$setElementOrder/{name}"] = now.DeepClone();
    }

    private static void Items(JsonObject patch, string name, string key, JsonArray then, JsonArray now, Schema item)
    {
        string KeyOf(JsonNode? node) => (string)node![key]!;
        var changes = new JsonArray();
        foreach (JsonNode? node in now)
        {
            JsonNode? old = then.FirstOrDefault(o => KeyOf(o) == KeyOf(node));
            if (!JsonNode.DeepEquals(old, node))
            {
                JsonObject change = old is null ? (JsonObject)node!.DeepClone() : Of((JsonObject)old, (JsonObject)node!, item);
                change[key] = KeyOf(node);
                changes.Add(change);
            }
        }

        foreach (JsonNode? gone in then.Where(o => now.All(n => KeyOf(n) != KeyOf(o))))
        {
            changes.Add(new JsonObject { ["$patch"] = "delete", [key] = KeyOf(gone) });
        }

        patch[name] = changes;
        patch[$"$setElementOrder/{name}"] = ToArray(now.Select(n => (JsonNode?)new JsonObject { [key] = KeyOf(n) }));
    }

    private static JsonArray ToArray(IEnumerable<JsonNode?> items) => [.. items];
}
