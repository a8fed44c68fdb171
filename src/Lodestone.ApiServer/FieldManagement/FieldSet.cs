using System.Text;
using Lodestone.Api.Schemas;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>A set of fields of an object: a tree of path elements, each of which may itself be a member. Immutable.</summary>
/// <remarks>
/// The set algebra is that of structured-merge-diff's fieldpath.Set (facts 2.3). A field and what lies below it are members of their own:
/// taking <c>.a</c> from a set leaves <c>.a.b</c> in it. No node is kept that is neither member nor has any below it.
/// </remarks>
internal sealed class FieldSet : IEquatable<FieldSet>
{
    private readonly FieldNode[] _nodes;

    /// <summary>Takes over nodes that are sorted, distinct and not <see cref="FieldNode.IsEmpty"/>.</summary>
    private FieldSet(FieldNode[] nodes) => _nodes = nodes;

    /// <summary>No fields.</summary>
    public static FieldSet Empty { get; } = new([]);

    /// <summary>Whether there are no members.</summary>
    public bool IsEmpty => _nodes.Length == 0;

    /// <summary>The children, sorted.</summary>
    public ReadOnlySpan<FieldNode> Nodes => _nodes;

    /// <summary>How many members there are, at any depth.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (FieldNode node in _nodes)
            {
                count += (node.IsMember ? 1 : 0) + node.Children.Count;
            }

            return count;
        }
    }

    /// <summary>A set of these paths.</summary>
    public static FieldSet Of(params ReadOnlySpan<PathElement[]> paths)
    {
        FieldSet set = Empty;
        foreach (PathElement[] path in paths)
        {
            set = set.Union(Single(path));
        }

        return set;
    }

    /// <summary>A set of the nodes, which may come in any order and repeat an element.</summary>
    public static FieldSet FromNodes(FieldNode[] nodes)
    {
        if (nodes.Length == 0)
        {
            return Empty;
        }

        bool isSorted = true;
        foreach (FieldNode node in nodes)
        {
            isSorted &= !node.IsEmpty;
        }

        for (int i = 1; isSorted && i < nodes.Length; i++)
        {
            isSorted = nodes[i - 1].Element.CompareTo(nodes[i].Element) < 0;
        }

        return isSorted ? new FieldSet(nodes) : Normalize(nodes);
    }

    /// <summary>Whether the field is a member.</summary>
    public bool Has(ReadOnlySpan<PathElement> path)
    {
        FieldSet set = this;
        while (path.Length > 0)
        {
            int at = set.IndexOf(path[0]);
            if (at < 0)
            {
                return false;
            }

            if (path.Length == 1)
            {
                return set._nodes[at].IsMember;
            }

            set = set._nodes[at].Children;
            path = path[1..];
        }

        return false;
    }

    /// <summary>The child of that element; a node without members if there is none.</summary>
    public FieldNode Find(PathElement element)
    {
        int at = IndexOf(element);
        return at < 0 ? new FieldNode(element, false, Empty) : _nodes[at];
    }

    /// <summary>What is in either.</summary>
    public FieldSet Union(FieldSet other)
    {
        if (other.IsEmpty || ReferenceEquals(this, other))
        {
            return this;
        }

        if (IsEmpty)
        {
            return other;
        }

        var nodes = default(PooledList<FieldNode>);
        int i = 0, j = 0;
        while (i < _nodes.Length && j < other._nodes.Length)
        {
            FieldNode a = _nodes[i], b = other._nodes[j];
            int order = a.Element.CompareTo(b.Element);
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
            nodes.Add(order < 0 ? a : order > 0 ? b : new FieldNode(a.Element, a.IsMember || b.IsMember, a.Children.Union(b.Children)));
        }

        while (i < _nodes.Length)
        {
            nodes.Add(_nodes[i++]);
        }

        while (j < other._nodes.Length)
        {
            nodes.Add(other._nodes[j++]);
        }

        return new FieldSet(nodes.ToArray());
    }

    /// <summary>What is in both.</summary>
    public FieldSet Intersect(FieldSet other) =>
        Combine(other, keepsUnmatched: false, static (a, b) => new FieldNode(a.Element, a.IsMember && b.IsMember, a.Children.Intersect(b.Children)));

    /// <summary>What is in this set and not in the other. A field's children stay where only the field itself is taken away.</summary>
    public FieldSet Except(FieldSet other) =>
        Combine(other, keepsUnmatched: true, static (a, b) => new FieldNode(a.Element, a.IsMember && !b.IsMember, a.Children.Except(b.Children)));

    /// <summary>What is in this set and neither in the other nor below a field of the other.</summary>
    public FieldSet ExceptWithin(FieldSet other) => Combine(other, keepsUnmatched: true, static (a, b) =>
        b.IsMember ? new FieldNode(a.Element, false, Empty) : a with { Children = a.Children.ExceptWithin(b.Children) });

    /// <summary>The same set in which named fields of the schema that have members below them are members too, so that a struct goes with its last field.</summary>
    public FieldSet WithNamedFields(Schema schema)
    {
        if (IsEmpty)
        {
            return this;
        }

        var nodes = new FieldNode[_nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            FieldNode node = _nodes[i];
            if (node.Children.IsEmpty)
            {
                nodes[i] = node;
                continue;
            }

            bool isNamed = node.Element.Name is { } name && schema.Find(name) is not null;
            nodes[i] = new FieldNode(node.Element, node.IsMember || isNamed, node.Children.WithNamedFields(SchemaShape.Child(schema, node.Element)));
        }

        return new FieldSet(nodes);
    }

    /// <summary>The paths of all members, parents before children.</summary>
    public IEnumerable<PathElement[]> Paths() => Paths([]);

    /// <inheritdoc/>
    public bool Equals(FieldSet? other) =>
        ReferenceEquals(this, other) || (other is not null && _nodes.AsSpan().SequenceEqual(other._nodes));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FieldSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (FieldNode node in _nodes)
        {
            hash.Add(node);
        }

        return hash.ToHashCode();
    }

    /// <summary>One path a line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (PathElement[] path in Paths())
        {
            text.Append(text.Length == 0 ? "" : "\n").AppendJoin("", path);
        }

        return text.ToString();
    }

    private static FieldSet Single(ReadOnlySpan<PathElement> path) => path.Length switch
    {
        0 => Empty,
        1 => new FieldSet([new FieldNode(path[0], true, Empty)]),
        _ => new FieldSet([new FieldNode(path[0], false, Single(path[1..]))]),
    };

    private static FieldSet Normalize(FieldNode[] nodes)
    {
        nodes.AsSpan().Sort(static (a, b) => a.Element.CompareTo(b.Element));
        var distinct = default(PooledList<FieldNode>);
        for (int i = 0; i < nodes.Length;)
        {
            FieldNode node = nodes[i++];
            while (i < nodes.Length && nodes[i].Element.CompareTo(node.Element) == 0)
            {
                node = new FieldNode(node.Element, node.IsMember || nodes[i].IsMember, node.Children.Union(nodes[i].Children));
                i++;
            }

            if (!node.IsEmpty)
            {
                distinct.Add(node);
            }
        }

        return distinct.Count == 0 ? Empty : new FieldSet(distinct.ToArray());
    }

    private FieldSet Combine(FieldSet other, bool keepsUnmatched, Func<FieldNode, FieldNode, FieldNode> combine)
    {
        if (IsEmpty || other.IsEmpty)
        {
            return keepsUnmatched ? this : Empty;
        }

        var nodes = default(PooledList<FieldNode>);
        bool isChanged = false;
        int j = 0;
        foreach (FieldNode node in _nodes)
        {
            int order = 1;
            while (j < other._nodes.Length && (order = other._nodes[j].Element.CompareTo(node.Element)) < 0)
            {
                j++;
            }

            FieldNode kept = j < other._nodes.Length && order == 0
                ? combine(node, other._nodes[j])
                : keepsUnmatched ? node : new FieldNode(node.Element, false, Empty);
            isChanged |= kept.IsMember != node.IsMember || !ReferenceEquals(kept.Children, node.Children);
            if (!kept.IsEmpty)
            {
                nodes.Add(kept);
            }
        }

        if (isChanged)
        {
            return nodes.Count == 0 ? Empty : new FieldSet(nodes.ToArray());
        }

        nodes.Discard();
        return this;
    }

    private IEnumerable<PathElement[]> Paths(PathElement[] prefix)
    {
        foreach (FieldNode node in _nodes)
        {
            if (node.IsMember)
            {
                yield return [.. prefix, node.Element];
            }
        }

        foreach (FieldNode node in _nodes)
        {
            if (!node.Children.IsEmpty)
            {
                foreach (PathElement[] path in node.Children.Paths([.. prefix, node.Element]))
                {
                    yield return path;
                }
            }
        }
    }

    private int IndexOf(PathElement element)
    {
        int low = 0, high = _nodes.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = _nodes[middle].Element.CompareTo(element);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }
}
