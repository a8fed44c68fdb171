using System.Text.Json.Nodes;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Patching;

/// <summary>Strategic merge patch, Kubernetes' own: a merge patch that knows lists, by the schema's list types, and has directives.</summary>
/// <remarks>
/// <para>Lists of type <c>map</c> merge item by item, by their key; lists of type <c>set</c> by value; all others are replaced.</para>
/// <para>Directives: <c>$patch: replace|delete</c> in an object and <c>$patch: replace|delete</c> in an item of a keyed list;
/// <c>$retainKeys</c> names the members an object keeps; <c>$deleteFromPrimitiveList/x</c> the values that leave the set <c>x</c>;
/// <c>$setElementOrder/x</c> the order of what the patch knows of <c>x</c> (k8s.io/apimachinery, pkg/util/strategicpatch).</para>
/// </remarks>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";
    private const string OrderPrefix = "$setElementOrder/";

    /// <summary>Applies a patch to an object of one's own, and gives back what became of it; the patch stays as it is.</summary>
    /// <exception cref="ApiException">400, the patch breaks its own rules.</exception>
    /// <exception cref="JsonPatchException">A list holds lists, which can't be merged.</exception>
    public static JsonObject Apply(JsonObject target, JsonObject patch, Schema? schema)
    {
        if (patch.TryGetPropertyValue(Directive, out JsonNode? directive))
        {
            return directive is JsonValue value && value.TryGetValue(out string? name) && name is "replace" or "delete"
                ? Replace(name == "replace" ? patch : [], schema)
                : throw UnknownDirective(directive, patch);
        }

        Retain(target, patch);
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name.StartsWith(OrderPrefix, StringComparison.Ordinal))
            {
                string field = name[OrderPrefix.Length..];
                MergeOrdered(target, patch, field, value, SchemaOf(schema, field));
            }
        }

        foreach ((string name, JsonNode? value) in patch)
        {
            // A list that has its order said is merged by now.
            if (name != RetainKeys && !IsParallelList(name) && !patch.ContainsKey(OrderPrefix + name))
            {
                MergeMember(target, name, value, SchemaOf(schema, name));
            }
        }

        foreach ((string name, JsonNode? value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal))
            {
                DeleteValues(target, name[DeletePrefix.Length..], value);
            }
        }

        return target;
    }

    private static bool IsParallelList(string name) =>
        name.StartsWith(OrderPrefix, StringComparison.Ordinal) || name.StartsWith(DeletePrefix, StringComparison.Ordinal);

    private static Schema? SchemaOf(Schema? schema, string member) => schema?.Find(member)?.Schema ?? schema?.AdditionalProperties;

    /// <summary>The key of a list whose items merge by one, or null.</summary>
    private static string? KeyOf(Schema? schema) => schema is { ListType: "map", ListMapKeys: [string key, ..] } ? key : null;

    private static bool IsMerged(Schema? schema) => schema?.ListType == "set" || KeyOf(schema) is not null;

    /// <summary>A patch where there was nothing: itself without its directives and nulls.</summary>
    private static JsonObject Replace(JsonObject patch, Schema? schema)
    {
        var result = new JsonObject();
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name is not (Directive or RetainKeys) && !IsParallelList(name))
            {
                MergeMember(result, name, value, SchemaOf(schema, name));
            }
        }

        return result;
    }

    private static void MergeMember(JsonObject target, string name, JsonNode? value, Schema? schema)
    {
        JsonNode? current = target[name];
        switch (value)
        {
            case null:
                target.Remove(name);
                break;
            case JsonObject patch:
                JsonObject merged = Apply(current as JsonObject ?? [], patch, schema);
                if (!ReferenceEquals(merged, current))
                {
                    target[name] = merged;
                }

                break;
            case JsonArray patch when IsMerged(schema):
                target[name] = ToArray(MergeList(Take(current as JsonArray), patch, schema!));
                break;
            default:
                target[name] = value.DeepClone();
                break;
        }
    }

    private static void Retain(JsonObject target, JsonObject patch)
    {
        if (!patch.TryGetPropertyValue(RetainKeys, out JsonNode? directive))
        {
            return;
        }

        const string Malformed = "invalid patch format of retainKeys";
        var kept = new HashSet<string>(Strings(directive, Malformed), StringComparer.Ordinal);
        foreach ((string name, JsonNode? value) in patch)
        {
            if (name != RetainKeys && value is not null && !IsParallelList(name) && !kept.Contains(name))
            {
                throw ApiErrors.BadRequest($"{Malformed}: {name} is set but not among the keys to retain");
            }
        }

        foreach (string name in target.Select(p => p.Key).Where(k => !kept.Contains(k)).ToArray())
        {
            target.Remove(name);
        }
    }

    private static void MergeOrdered(JsonObject target, JsonObject patch, string field, JsonNode? order, Schema? schema)
    {
        string? key = KeyOf(schema);
        if (field.Length == 0 || order is not JsonArray list)
        {
            throw ApiErrors.BadRequest("invalid patch format of setElementOrder list");
        }

        List<string> wanted = [.. list.Select(item => Identity(item, key))];
        bool isChanged = patch.TryGetPropertyValue(field, out JsonNode? change);
        JsonArray? changes = change as JsonArray ?? (isChanged ? throw ApiErrors.BadRequest($"{field} is ordered by the patch but is no list in it") : null);
        CheckOrder(field, changes, wanted, key);
        List<JsonNode?> current = Take(target[field] as JsonArray);
        if (current.Count == 0 && changes is null)
        {
            return;
        }

        List<string> before = [.. current.Select(item => Identity(item, key))];
        List<JsonNode?> merged = changes is null ? current
            : IsMerged(schema) ? MergeList(current, changes, schema!)
            : [.. changes.Select(item => item?.DeepClone())];
        target[field] = ToArray(Arrange(merged, wanted, before, key));
    }

    /// <summary>What the patch adds or changes must stand in the order it says.</summary>
    private static void CheckOrder(string field, JsonArray? changes, List<string> wanted, string? key)
    {
        int at = 0;
        foreach (JsonNode? item in changes ?? [])
        {
            if (item is JsonObject special && special.ContainsKey(Directive))
            {
                continue;
            }

            at = wanted.IndexOf(Identity(item, key), at) + 1;
            if (at == 0)
            {
                throw ApiErrors.BadRequest($"the order in the patch's list {field} doesn't match $setElementOrder/{field}");
            }
        }
    }

    private static List<JsonNode?> MergeList(List<JsonNode?> current, JsonArray patch, Schema schema)
    {
        string? key = KeyOf(schema);
        List<string> before = [.. current.Select(item => Identity(item, key))];
        return key is null ? MergeValues(current, before, patch) : MergeItems(current, before, patch, key, schema.Items);
    }

    private static List<JsonNode?> MergeValues(List<JsonNode?> current, List<string> before, JsonArray patch)
    {
        List<string> changed = [.. patch.Select(item => Identity(item, key: null))];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var merged = new List<JsonNode?>(current.Count + patch.Count);
        merged.AddRange(current.Where((_, i) => seen.Add(before[i])));
        merged.AddRange(patch.Where((_, i) => seen.Add(changed[i])).Select(item => item?.DeepClone()));
        return Arrange(merged, changed, before, key: null);
    }

    private static List<JsonNode?> MergeItems(List<JsonNode?> current, List<string> before, JsonArray patch, string key, Schema? schema)
    {
        var changes = new List<(string Identity, JsonObject Item)>(patch.Count);
        var deleted = new HashSet<string>(StringComparer.Ordinal);
        bool isReplaced = false;
        foreach (JsonNode? node in patch)
        {
            JsonObject item = node as JsonObject ?? throw ApiErrors.BadRequest($"an item of a list that merges by {key} is no object");
            string? directive = item.ContainsKey(Directive) ? item.Text(Directive) ?? "" : null;
            switch (directive)
            {
                case null:
                    changes.Add((Identity(item, key), item));
                    break;
                case "delete":
                    deleted.Add(Identity(item, key));
                    break;
                case "replace":
                    isReplaced = true;
                    break;
                default:
                    throw directive == "merge" ? ApiErrors.BadRequest("merging lists cannot yet be specified in the patch") : UnknownDirective(item[Directive], item);
            }
        }

        List<JsonNode?> kept = [.. current.Where((_, i) => !isReplaced && !deleted.Contains(before[i]))];
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < kept.Count; i++)
        {
            places.TryAdd(Identity(kept[i], key), i);
        }

        foreach ((string identity, JsonObject item) in changes)
        {
            if (places.TryGetValue(identity, out int place))
            {
                kept[place] = Apply((JsonObject)kept[place]!, item, schema);
            }
            else
            {
                places[identity] = kept.Count;
                kept.Add(Apply([], item, schema));
            }
        }

        return Arrange(kept, [.. changes.Select(c => c.Identity)], before, key);
    }

    private static void DeleteValues(JsonObject target, string field, JsonNode? values)
    {
        if (field.Length == 0 || values is not JsonArray list)
        {
            throw ApiErrors.BadRequest("invalid patch format of primitive list");
        }

        if (target[field] is JsonArray current)
        {
            var deleted = new HashSet<string>(list.Select(item => Identity(item, key: null)), StringComparer.Ordinal);
            target[field] = ToArray([.. Take(current).Where(item => !deleted.Contains(Identity(item, key: null)))]);
        }
    }

    /// <summary>Puts what a patch knows into the order it wants, and what only the server knows between that, where it was.</summary>
    private static List<JsonNode?> Arrange(List<JsonNode?> items, List<string> wanted, List<string> before, string? key)
    {
        Dictionary<string, int> wantedPlaces = Places(wanted);
        Dictionary<string, int> formerPlaces = Places(before);
        (JsonNode? Item, string Identity)[] all = [.. items.Select(item => (item, Identity(item, key)))];
        (JsonNode? Item, string Identity)[] known = [.. all.Where(i => wantedPlaces.ContainsKey(i.Identity)).OrderBy(i => wantedPlaces[i.Identity])];
        (JsonNode? Item, string Identity)[] others =
            [.. all.Where(i => !wantedPlaces.ContainsKey(i.Identity)).OrderBy(i => formerPlaces.GetValueOrDefault(i.Identity, int.MaxValue))];
        var arranged = new List<JsonNode?>(items.Count);
        int next = 0;
        foreach ((JsonNode? item, string identity) in known)
        {
            if (formerPlaces.TryGetValue(identity, out int place))
            {
                while (next < others.Length && formerPlaces.TryGetValue(others[next].Identity, out int other) && other < place)
                {
                    arranged.Add(others[next++].Item);
                }
            }

            arranged.Add(item);
        }

        arranged.AddRange(others[next..].Select(i => i.Item));
        return arranged;
    }

    private static Dictionary<string, int> Places(List<string> identities)
    {
        var places = new Dictionary<string, int>(identities.Count, StringComparer.Ordinal);
        for (int i = 0; i < identities.Count; i++)
        {
            places.TryAdd(identities[i], i);
        }

        return places;
    }

    /// <summary>What makes an item the same as another: its key, or the whole of a value.</summary>
    private static string Identity(JsonNode? item, string? key)
    {
        if (key is null)
        {
            return item switch
            {
                JsonArray => throw new JsonPatchException("lists of lists are not supported"),
                null => "null",
                _ => item.ToJsonString(),
            };
        }

        return item is JsonObject map && map.TryGetPropertyValue(key, out JsonNode? value) && value is JsonValue
            ? value.ToJsonString()
            : throw ApiErrors.BadRequest($"map: {item?.ToJsonString() ?? "null"} does not contain declared merge key: {key}");
    }

    private static List<JsonNode?> Take(JsonArray? list)
    {
        List<JsonNode?> items = [.. list ?? []];
        list?.Clear();
        return items;
    }

    private static JsonArray ToArray(List<JsonNode?> items) => [.. items];

    private static IEnumerable<string> Strings(JsonNode? node, string malformed) => node is JsonArray list
        ? list.Select(item => item is JsonValue value && value.TryGetValue(out string? text) ? text : throw ApiErrors.BadRequest(malformed))
        : throw ApiErrors.BadRequest(malformed);

    private static ApiException UnknownDirective(JsonNode? directive, JsonObject patch) =>
        ApiErrors.BadRequest($"unknown patch type: {directive?.ToString() ?? "null"} in map: {patch.ToJsonString()}");
}
