using System.Diagnostics;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>Compares two values field by field (structured-merge-diff's Compare; facts 2.3).</summary>
internal static class FieldComparer
{
    private const int LongestInStep = 16;

    /// <summary>How <paramref name="after"/> differs from <paramref name="before"/>.</summary>
    public static FieldChanges Compare(Value before, Value after, Schema schema)
    {
        var changes = default(Node);
        Compare(before, after, schema, ref changes);
        return new FieldChanges(changes.Added.Children ?? FieldSet.Empty, changes.Modified.Children ?? FieldSet.Empty, changes.Removed.Children ?? FieldSet.Empty);
    }

    private static void Compare(Value before, Value after, Schema schema, ref Node changes)
    {
        Debug.Assert(!before.IsAbsent || !after.IsAbsent, "nothing to compare");
        FieldShape shape = SchemaShape.Of(schema, after.IsAbsent ? before : after);
        if (!before.IsAbsent && !after.IsAbsent && SchemaShape.Of(schema, before) is var shapeBefore && shapeBefore != shape)
        {
            // An untyped value became one of another type: what was below it went, what is below it came.
            Compare(before, after, schema, shapeBefore, ref changes);
        }

        bool isLeaf = Compare(before, after, schema, shape, ref changes);
        if (!isLeaf)
        {
            changes.Added.IsMember |= before.IsAbsent;
            changes.Removed.IsMember |= after.IsAbsent;
        }
    }

    /// <summary>Compares two values, both taken to be of a shape, and returns whether they were compared as a whole.</summary>
    private static bool Compare(Value before, Value after, Schema schema, FieldShape shape, ref Node changes)
    {
        switch (shape)
        {
            case FieldShape.GranularMap when before.Map is { Count: > 0 } || after.Map is { Count: > 0 }:
                CompareMaps(before.Map ?? ValueMap.Empty, after.Map ?? ValueMap.Empty, schema, ref changes);
                return false;
            case FieldShape.AssociativeList when before.List is { Length: > 0 } || after.List is { Length: > 0 }:
                CompareLists(before.List ?? [], after.List ?? [], schema, ref changes);
                return false;
        }

        changes.Added.IsMember |= before.IsAbsent;
        changes.Removed.IsMember |= after.IsAbsent;
        changes.Modified.IsMember |= !before.IsAbsent && !after.IsAbsent && before != after;
        return true;
    }

    private static void CompareMaps(ValueMap before, ValueMap after, Schema schema, ref Node changes)
    {
        var children = default(Children);
        foreach ((string name, Value value) in before.Members)
        {
            CompareChild(PathElement.Field(name), value, after[name], schema, ref children);
        }

        foreach ((string name, Value value) in after.Members)
        {
            if (!before.Contains(name))
            {
                CompareChild(PathElement.Field(name), default, value, schema, ref children);
            }
        }

        children.AddTo(ref changes);
    }

    private static void CompareLists(Value[] before, Value[] after, Schema schema, ref Node changes)
    {
        if (TryCompareInStep(before, after, schema, ref changes))
        {
            return;
        }

        Dictionary<PathElement, List<Value>> old = Index(before, schema);
        Dictionary<PathElement, List<Value>> now = Index(after, schema);
        var children = default(Children);
        foreach (PathElement element in old.Keys.Union(now.Keys))
        {
            List<Value> oldItems = old.GetValueOrDefault(element) ?? [];
            List<Value> newItems = now.GetValueOrDefault(element) ?? [];
            if (oldItems.Count <= 1 && newItems.Count <= 1)
            {
                CompareChild(element, oldItems.FirstOrDefault(), newItems.FirstOrDefault(), schema, ref children);
            }
            else
            {
                CompareRepeated(element, oldItems, newItems, schema, ref children);
            }
        }

        children.AddTo(ref changes);
    }

    /// <summary>Compares short lists whose items have not moved, which most haven't, without an index of them.</summary>
    /// <returns>False where an item came, went, moved or stands there twice; then nothing was compared.</returns>
    private static bool TryCompareInStep(Value[] before, Value[] after, Schema schema, ref Node changes)
    {
        if (before.Length != after.Length || before.Length > LongestInStep)
        {
            return false;
        }

        var elements = new PathElement[before.Length];
        for (int i = 0; i < elements.Length; i++)
        {
            if (ListKeys.Of(schema, before[i], out _) is not { } element
                || ListKeys.Of(schema, after[i], out _) != element
                || elements.AsSpan(0, i).Contains(element))
            {
                return false;
            }

            elements[i] = element;
        }

        var children = default(Children);
        for (int i = 0; i < elements.Length; i++)
        {
            CompareChild(elements[i], before[i], after[i], schema, ref children);
        }

        children.AddTo(ref changes);
        return true;
    }

    // Items that stand there more than once are compared as a whole.
    private static void CompareRepeated(PathElement element, List<Value> before, List<Value> after, Schema schema, ref Children children)
    {
        var child = default(Node);
        if (before.Count > 1 && after.Count > 1)
        {
            child.Modified.IsMember = !before.SequenceEqual(after);
        }
        else if (before.Count > 1)
        {
            if (after.Count == 1)
            {
                Compare(default, after[0], schema.Items ?? SchemaShape.Untyped, ref child);
            }

            child.Removed.IsMember = true;
        }
        else
        {
            if (before.Count == 1)
            {
                Compare(before[0], default, schema.Items ?? SchemaShape.Untyped, ref child);
            }

            child.Added.IsMember = true;
        }

        children.Add(element, child);
    }

    private static void CompareChild(PathElement element, Value before, Value after, Schema schema, ref Children children)
    {
        var child = default(Node);
        Compare(before, after, SchemaShape.Child(schema, element), ref child);
        children.Add(element, child);
    }

    private static Dictionary<PathElement, List<Value>> Index(Value[] items, Schema schema)
    {
        var index = new Dictionary<PathElement, List<Value>>(items.Length);
        foreach (Value item in items)
        {
            if (ListKeys.Of(schema, item, out _) is not { } element)
            {
                continue;
            }

            if (!index.TryGetValue(element, out List<Value>? same))
            {
                index[element] = same = [];
            }

            same.Add(item);
        }

        return index;
    }

    private struct Side
    {
        public bool IsMember;
        public FieldSet? Children;
    }

    private struct Node
    {
        public Side Added;
        public Side Modified;
        public Side Removed;
    }

    private struct Children
    {
        private PooledList<FieldNode> _added;
        private PooledList<FieldNode> _modified;
        private PooledList<FieldNode> _removed;

        public void Add(PathElement element, Node node)
        {
            Add(ref _added, element, node.Added);
            Add(ref _modified, element, node.Modified);
            Add(ref _removed, element, node.Removed);
        }

        public void AddTo(ref Node parent)
        {
            AddTo(ref _added, ref parent.Added);
            AddTo(ref _modified, ref parent.Modified);
            AddTo(ref _removed, ref parent.Removed);
        }

        private static void Add(ref PooledList<FieldNode> list, PathElement element, Side side)
        {
            if (side.IsMember || side.Children is { IsEmpty: false })
            {
                list.Add(new FieldNode(element, side.IsMember, side.Children ?? FieldSet.Empty));
            }
        }

        private static void AddTo(ref PooledList<FieldNode> list, ref Side side)
        {
            if (list.Count > 0)
            {
                side.Children = (side.Children ?? FieldSet.Empty).Union(FieldSet.FromNodes(list.ToArray()));
            }
        }
    }
}
