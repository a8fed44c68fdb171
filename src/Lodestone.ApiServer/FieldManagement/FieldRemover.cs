using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Takes fields out of a value, or everything else (structured-merge-diff's RemoveItems and ExtractItems; facts 2.3).</summary>
internal static class FieldRemover
{
    /// <summary>The value without these fields. A list or map whose last item went is null: it is there no longer, but it was not itself removed.</summary>
    public static Value Remove(Value value, FieldSet fields, Schema schema)
    {
        if (fields.IsEmpty)
        {
            return value;
        }

        switch (SchemaShape.Of(schema, value))
        {
            case FieldShape.GranularMap when value.Map is { Count: > 0 } map:
                var members = default(PooledList<KeyValuePair<string, Value>>);
                foreach ((string name, Value member) in map.Members)
                {
                    FieldNode node = fields.Find(PathElement.Field(name));
                    if (!node.IsMember)
                    {
                        members.Add(new(name, Remove(member, node.Children, SchemaShape.Member(schema, name) ?? SchemaShape.Untyped)));
                    }
                }

                return members.Count == 0 ? Value.Null : Value.Of(new ValueMap(members.ToArray()));
            case FieldShape.AssociativeList when value.List is { Length: > 0 } list:
                var items = default(PooledList<Value>);
                foreach (Value item in list)
                {
                    FieldNode node = ListKeys.Of(schema, item, out _) is { } element ? fields.Find(element) : default;
                    if (!node.IsMember)
                    {
                        items.Add(node.Children is null ? item : Remove(item, node.Children, schema.Items ?? SchemaShape.Untyped));
                    }
                }

                return items.Count == 0 ? Value.Null : Value.Of(items.ToArray());
            case FieldShape.Scalar:
                return value;
            default:
                // Something below an atomic value can't be removed alone, and what has no content has no fields.
                return Value.Null;
        }
    }

    /// <summary>Only these fields of the value, and the keys of the items they are in; absent if it has none of them.</summary>
    public static Value Extract(Value value, FieldSet fields, Schema schema) =>
        Extract(value, new FieldNode(default, false, fields), schema);

    private static Value Extract(Value value, FieldNode node, Schema schema)
    {
        switch (SchemaShape.Of(schema, value))
        {
            case FieldShape.GranularMap when value.Map is { Count: > 0 } map:
                var members = default(PooledList<KeyValuePair<string, Value>>);
                foreach ((string name, Value member) in map.Members)
                {
                    FieldNode child = node.Children.Find(PathElement.Field(name));
                    Value extracted = child.IsEmpty ? default : Extract(member, child, SchemaShape.Member(schema, name) ?? SchemaShape.Untyped);
                    if (!extracted.IsAbsent)
                    {
                        members.Add(new(name, extracted));
                    }
                }

                return members.Count > 0 ? Value.Of(new ValueMap(members.ToArray())) : node.IsMember ? Value.EmptyMap : default;
            case FieldShape.AssociativeList when value.List is { Length: > 0 } list:
                var items = default(PooledList<Value>);
                foreach (Value item in list)
                {
                    if (ListKeys.Of(schema, item, out _) is { } element && fieldsOf(element) is { IsEmpty: false } child)
                    {
                        items.Add(ExtractItem(item, child, schema));
                    }
                }

                return items.Count > 0 ? Value.Of(items.ToArray()) : default;
                FieldNode fieldsOf(PathElement element) => node.Children.Find(element);
            default:
                return node.IsMember ? value : default;
        }
    }

    private static Value ExtractItem(Value item, FieldNode node, Schema list)
    {
        if (node.Element.Kind != PathElementKind.Key)
        {
            return item;
        }

        Value extracted = Extract(item, node with { IsMember = true }, list.Items ?? SchemaShape.Untyped);
        ValueMap members = extracted.Map ?? ValueMap.Empty;
        foreach (string key in list.ListMapKeys)
        {
            Value value = item.Map![key];
            if (!value.IsAbsent && !members.Contains(key))
            {
                members = members.With(key, value);
            }
        }

        return Value.Of(members);
    }
}
