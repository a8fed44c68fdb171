using System.Diagnostics;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Merges an applied value into the live one (structured-merge-diff's Merge; facts 2.3).</summary>
internal static class FieldMerger
{
    /// <summary>What is applied wins; what it does not mention stays. Nothing is removed.</summary>
    /// <remarks>An empty or null map or list that is applied to one with content changes nothing; where both are without content the applied form is taken.</remarks>
    public static Value Merge(Value live, Value applied, Schema schema)
    {
        Debug.Assert(!live.IsAbsent || !applied.IsAbsent, "nothing to merge");
        return SchemaShape.Of(schema, applied.IsAbsent ? live : applied) switch
        {
            FieldShape.GranularMap when live.Map is { Count: > 0 } || applied.Map is { Count: > 0 } =>
                MergeMaps(live.Map ?? ValueMap.Empty, applied.Map ?? ValueMap.Empty, schema),
            FieldShape.AssociativeList when live.List is { Length: > 0 } || applied.List is { Length: > 0 } =>
                MergeLists(live.List ?? [], applied.List ?? [], schema),
            _ => applied.IsAbsent ? live : applied,
        };
    }

    private static Value MergeMaps(ValueMap live, ValueMap applied, Schema schema)
    {
        var members = default(PooledList<KeyValuePair<string, Value>>);
        foreach ((string name, Value value) in live.Members)
        {
            members.Add(new(name, Merge(value, applied[name], SchemaShape.Member(schema, name) ?? SchemaShape.Untyped)));
        }

        foreach ((string name, Value value) in applied.Members)
        {
            if (!live.Contains(name))
            {
                members.Add(new(name, Merge(default, value, SchemaShape.Member(schema, name) ?? SchemaShape.Untyped)));
            }
        }

        return Value.Of(new ValueMap(members.ToArray()));
    }

    /// <summary>
    /// Merges item by item. Items of both lists, and new ones, stand in the order they were applied in; an item that only the live list has
    /// stays behind the one it stood behind, as far as that order allows.
    /// </summary>
    private static Value MergeLists(Value[] live, Value[] applied, Schema schema)
    {
        PathElement?[] liveKeys = [.. live.Select(item => ListKeys.Of(schema, item, out _))];
        PathElement?[] appliedKeys = [.. applied.Select(item => ListKeys.Of(schema, item, out _))];
        Dictionary<PathElement, Value> liveItems = IndexOnce(live, liveKeys);
        var appliedItems = new Dictionary<PathElement, Value>(applied.Length);
        for (int i = 0; i < applied.Length; i++)
        {
            if (appliedKeys[i] is { } key)
            {
                appliedItems[key] = applied[i];
            }
        }

        // The shared items in the order they have to come in.
        var shared = new Queue<PathElement>(appliedKeys.OfType<PathElement>().Where(liveItems.ContainsKey));
        var merged = new HashSet<PathElement>();
        var items = new List<Value>(live.Length + applied.Length);
        int l = 0, a = 0;
        while (l < live.Length || a < applied.Length)
        {
            if (l == live.Length)
            {
                TakeApplied(appliedKeys[a++]);
            }
            else if (liveKeys[l] is not { } key || !appliedItems.ContainsKey(key))
            {
                items.Add(live[l++]);
            }
            else if (a < applied.Length && shared.TryPeek(out PathElement next) && next != key)
            {
                // It gets its place where it was applied.
                l++;
            }
            else
            {
                l += merged.Contains(key) || (a < applied.Length && appliedKeys[a] == key) ? 1 : 0;
                if (a < applied.Length)
                {
                    TakeApplied(appliedKeys[a++]);
                }
            }
        }

        return Value.Of([.. items]);

        void TakeApplied(PathElement? element)
        {
            if (element is { } key && merged.Add(key))
            {
                items.Add(Merge(liveItems.GetValueOrDefault(key), appliedItems[key], schema.Items ?? SchemaShape.Untyped));
                if (shared.TryPeek(out PathElement next) && next == key)
                {
                    shared.Dequeue();
                }
            }
        }
    }

    // An item that stands in the live list more than once can't be merged with: which one would be meant? The applied one replaces them all.
    private static Dictionary<PathElement, Value> IndexOnce(Value[] items, PathElement?[] keys)
    {
        var index = new Dictionary<PathElement, Value>(items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            if (keys[i] is { } key)
            {
                index[key] = index.ContainsKey(key) ? Value.Null : items[i];
            }
        }

        return index;
    }
}
