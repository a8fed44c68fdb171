using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Tells which fields a value sets (structured-merge-diff's ToFieldSet; facts 2.3).</summary>
internal static class FieldSets
{
    /// <summary>Every single value, atomic list or map, null and empty map; the items of associative lists; and the members of maps whose names the schema does not list.</summary>
    public static FieldSet Of(Value value, Schema schema) => Node(value, schema).Children;

    /// <summary>The fields as a node, whose element is left to the caller.</summary>
    private static FieldNode Node(Value value, Schema schema) => SchemaShape.Of(schema, value) switch
    {
        FieldShape.GranularMap when value.Map is { } map => new FieldNode(default, false, OfMap(map, schema)),
        FieldShape.AssociativeList when value.List is { } list => new FieldNode(default, false, OfList(list, schema)),
        FieldShape.GranularMap or FieldShape.AssociativeList => new FieldNode(default, false, FieldSet.Empty),
        _ => new FieldNode(default, true, FieldSet.Empty),
    };

    private static FieldSet OfMap(ValueMap map, Schema schema)
    {
        var nodes = new FieldNode[map.Count];
        for (int i = 0; i < nodes.Length; i++)
        {
            (string name, Value value) = map.Members[i];
            SchemaProperty? property = schema.Find(name);
            FieldNode node = Node(value, property?.Schema ?? SchemaShape.Member(schema, name) ?? SchemaShape.Untyped);
            bool isMember = node.IsMember || property is null || value.IsNull || value.Map is { Count: 0 };
            nodes[i] = new FieldNode(PathElement.Field(name), isMember, node.Children);
        }

        return FieldSet.FromNodes(nodes);
    }

    // Of an item that stands there more than once, only the item itself is a field: which one's members were meant can't be told.
    private static FieldSet OfList(Value[] list, Schema schema)
    {
        var nodes = new Dictionary<PathElement, FieldNode>(list.Length);
        foreach (Value item in list)
        {
            if (ListKeys.Of(schema, item, out _) is not { } element)
            {
                continue;
            }

            nodes[element] = nodes.ContainsKey(element)
                ? new FieldNode(element, true, FieldSet.Empty)
                : new FieldNode(element, true, Node(item, schema.Items ?? SchemaShape.Untyped).Children);
        }

        return FieldSet.FromNodes([.. nodes.Values]);
    }
}
