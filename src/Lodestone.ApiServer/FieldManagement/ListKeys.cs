using System.Text;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Knows the items of associative lists.</summary>
internal static class ListKeys
{
    /// <summary>The path element of an item, or null with the reason why it has none.</summary>
    public static PathElement? Of(Schema list, Value item, out string problem)
    {
        problem = "";
        if (list.ListType == "set")
        {
            problem = item.Kind switch
            {
                ValueKind.Map => "associative list without keys has an element that's a map type",
                ValueKind.List => "not supported: associative list with lists as elements",
                ValueKind.Null => "associative list without keys has an element that's an explicit null",
                _ => "",
            };
            return problem.Length == 0 ? PathElement.Item(item) : null;
        }

        if (item.Map is not { } map)
        {
            problem = item.IsNull ? "associative list with keys may not have a null element" : "associative list with keys may not have non-map elements";
            return null;
        }

        var members = new KeyValuePair<string, Value>[list.ListMapKeys.Count];
        for (int i = 0; i < members.Length; i++)
        {
            string key = list.ListMapKeys[i];
            Value value = map[key];
            if (value.IsAbsent)
            {
                value = DefaultOf(list, key);
            }

            if (value.IsAbsent)
            {
                problem = $"associative list with keys has an element that omits key field \"{key}\" (and doesn't have default value)";
                return null;
            }

            members[i] = new(key, value);
        }

        return PathElement.Key(members);
    }

    private static Value DefaultOf(Schema list, string key) =>
        list.Items?.Find(key)?.Schema.Default is { } json ? ValueReader.Read(Encoding.UTF8.GetBytes(json)) : default;
}
