using System.Diagnostics;

namespace Lodestone.ApiServer.Storage;

/// <summary>The objects of one resource, sorted by key: an immutable B+ tree.</summary>
/// <remarks>
/// A change copies one leaf and the path to it and shares everything else, so a map is also a snapshot: whoever holds
/// one can page through it while the writer goes on. Inner nodes count what is below them, so the number of objects in a
/// range is known without visiting it.
/// </remarks>
internal sealed class ObjectMap
{
    private const int MaxItems = 32;
    private const int MinItems = 8;
    private readonly Node? _root;

    private ObjectMap(Node? root)
    {
        _root = root;
    }

    /// <summary>The map without objects.</summary>
    public static ObjectMap Empty { get; } = new(null);

    /// <summary>The map of objects that come in key order; nodes are full.</summary>
    /// <exception cref="FormatException">They do not, or a key comes twice.</exception>
    public static ObjectMap FromSorted(List<StoredObject> items)
    {
        for (int i = 1; i < items.Count; i++)
        {
            if (string.CompareOrdinal(items[i - 1].Key, items[i].Key) >= 0)
            {
                throw new FormatException($"object '{items[i].Key}' follows '{items[i - 1].Key}'");
            }
        }

        if (items.Count == 0)
        {
            return Empty;
        }

        List<Node> level = Grouped(items, static part => Node.Leaf(part));
        while (level.Count > 1)
        {
            level = Grouped(level, static part => Node.Inner(part));
        }

        return new ObjectMap(level[0]);
    }

    /// <summary>How many objects there are.</summary>
    public int Count => _root?.Count ?? 0;

    /// <summary>The object of this key, or null.</summary>
    public StoredObject? Find(string key)
    {
        Node? node = _root;
        while (node is not null)
        {
            if (node.Children is null)
            {
                int index = node.LowerBound(key);
                return index < node.Items!.Length && node.Items[index].Key == key ? node.Items[index] : null;
            }

            node = node.Children[node.ChildOf(key)];
        }

        return null;
    }

    /// <summary>The map with this object added, or in the place of the one with the same key.</summary>
    public ObjectMap Set(StoredObject item)
    {
        if (_root is null)
        {
            return new ObjectMap(Node.Leaf([item]));
        }

        (Node left, Node? right) = Set(_root, item);
        return new ObjectMap(right is null ? left : Node.Inner([left, right]));
    }

    /// <summary>The map without the object of this key.</summary>
    public ObjectMap Remove(string key)
    {
        if (_root is null || Find(key) is null)
        {
            return this;
        }

        Node? root = Remove(_root, key);
        while (root is { Children.Length: 1 })
        {
            root = root.Children[0];
        }

        return root is null ? Empty : new ObjectMap(root);
    }

    /// <summary>How many keys sort before this one.</summary>
    public int Rank(string key)
    {
        int rank = 0;
        Node? node = _root;
        while (node is not null)
        {
            if (node.Children is null)
            {
                return rank + node.LowerBound(key);
            }

            int child = node.ChildOf(key);
            for (int i = 0; i < child; i++)
            {
                rank += node.Children[i].Count;
            }

            node = node.Children[child];
        }

        return rank;
    }

    /// <summary>All objects in key order.</summary>
    public Enumerator GetEnumerator() => new(_root, "", null);

    /// <summary>The objects with <c>from &lt;= key &lt; to</c> in key order; a null <paramref name="to"/> is no bound.</summary>
    public Range Between(string from, string? to) => new(_root, from, to);

    private static (Node Left, Node? Right) Set(Node node, StoredObject item)
    {
        if (node.Children is null)
        {
            StoredObject[] items = node.Items!;
            int index = node.LowerBound(item.Key);
            if (index < items.Length && items[index].Key == item.Key)
            {
                var replaced = (StoredObject[])items.Clone();
                replaced[index] = item;
                return (Node.Leaf(replaced), null);
            }

            StoredObject[] added = Insert(items, index, item);
            return added.Length <= MaxItems
                ? (Node.Leaf(added), null)
                : (Node.Leaf(added[..SplitPoint(added.Length, index)]), Node.Leaf(added[SplitPoint(added.Length, index)..]));
        }

        int child = node.ChildOf(item.Key);
        (Node left, Node? right) = Set(node.Children[child], item);
        var children = (Node[])node.Children.Clone();
        children[child] = left;
        if (right is null)
        {
            return (Node.Inner(children), null);
        }

        children = Insert(children, child + 1, right);
        return children.Length <= MaxItems
            ? (Node.Inner(children), null)
            : (Node.Inner(children[..SplitPoint(children.Length, child + 1)]), Node.Inner(children[SplitPoint(children.Length, child + 1)..]));
    }

    /// <summary>In the middle, but after most items when keys come in order, so that loading sorted data fills nodes.</summary>
    private static int SplitPoint(int length, int inserted) => inserted == length - 1 ? length - MinItems : length / 2;

    private static Node? Remove(Node node, string key)
    {
        if (node.Children is null)
        {
            StoredObject[] left = RemoveAt(node.Items!, node.LowerBound(key));
            return left.Length == 0 ? null : Node.Leaf(left);
        }

        int child = node.ChildOf(key);
        Node? changed = Remove(node.Children[child], key);
        if (changed is null)
        {
            Node[] rest = RemoveAt(node.Children, child);
            return rest.Length == 0 ? null : Node.Inner(rest);
        }

        var children = (Node[])node.Children.Clone();
        children[child] = changed;
        if (changed.Width < MinItems && children.Length > 1)
        {
            int first = Math.Max(0, child - 1);
            if (children[first].Width + children[first + 1].Width <= MaxItems)
            {
                children[first] = Node.Join(children[first], children[first + 1]);
                children = RemoveAt(children, first + 1);
            }
        }

        return Node.Inner(children);
    }

    /// <summary>Nodes over parts of equal size: none is so small that it should be joined with another.</summary>
    private static List<Node> Grouped<T>(List<T> items, Func<T[], Node> node)
    {
        int groups = (items.Count + MaxItems - 1) / MaxItems;
        var nodes = new List<Node>(groups);
        for (int i = 0, from = 0; i < groups; i++)
        {
            int to = (int)((i + 1L) * items.Count / groups);
            nodes.Add(node([.. items.GetRange(from, to - from)]));
            from = to;
        }

        return nodes;
    }

    private static T[] Insert<T>(T[] items, int index, T item)
    {
        var result = new T[items.Length + 1];
        items.AsSpan(0, index).CopyTo(result);
        result[index] = item;
        items.AsSpan(index).CopyTo(result.AsSpan(index + 1));
        return result;
    }

    private static T[] RemoveAt<T>(T[] items, int index)
    {
        var result = new T[items.Length - 1];
        items.AsSpan(0, index).CopyTo(result);
        items.AsSpan(index + 1).CopyTo(result.AsSpan(index));
        return result;
    }

    /// <summary>A range of a map, for <c>foreach</c>.</summary>
    internal readonly struct Range(Node? root, string from, string? to)
    {
        /// <summary>Starts at the range's first object.</summary>
        public Enumerator GetEnumerator() => new(root, from, to);
    }

    /// <summary>Walks a range; holds the path of inner nodes it came by.</summary>
    internal struct Enumerator
    {
        private readonly string? _to;
        private readonly (Node Node, int Next)[] _path;
        private int _depth;
        private StoredObject[]? _leaf;
        private int _index;

        internal Enumerator(Node? root, string from, string? to)
        {
            _to = to;
            _path = new (Node, int)[8];
            _index = -1;
            Node? node = root;
            while (node?.Children is not null)
            {
                int child = node.ChildOf(from);
                _path[_depth++] = (node, child + 1);
                node = node.Children[child];
            }

            if (node is not null)
            {
                _leaf = node.Items;
                _index = node.LowerBound(from) - 1;
            }
        }

        /// <summary>The object under the cursor.</summary>
        public readonly StoredObject Current => _leaf![_index];

        /// <summary>Goes to the next object; false at the end of the range.</summary>
        public bool MoveNext()
        {
            if (_leaf is null)
            {
                return false;
            }

            _index++;
            while (_index >= _leaf.Length)
            {
                if (!NextLeaf())
                {
                    _leaf = null;
                    return false;
                }
            }

            if (_to is not null && string.CompareOrdinal(_leaf[_index].Key, _to) >= 0)
            {
                _leaf = null;
                return false;
            }

            return true;
        }

        private bool NextLeaf()
        {
            while (_depth > 0)
            {
                (Node parent, int next) = _path[_depth - 1];
                if (next >= parent.Children!.Length)
                {
                    _depth--;
                    continue;
                }

                _path[_depth - 1] = (parent, next + 1);
                Node node = parent.Children[next];
                while (node.Children is not null)
                {
                    _path[_depth++] = (node, 1);
                    node = node.Children[0];
                }

                _leaf = node.Items!;
                _index = 0;
                return true;
            }

            return false;
        }
    }

    /// <summary>A leaf has <see cref="Items"/>, an inner node <see cref="Children"/>; never both, never empty.</summary>
    internal sealed class Node
    {
        private Node(StoredObject[]? items, Node[]? children, string first, int count)
        {
            Items = items;
            Children = children;
            First = first;
            Count = count;
        }

        public StoredObject[]? Items { get; }

        public Node[]? Children { get; }

        /// <summary>The smallest key below.</summary>
        public string First { get; }

        /// <summary>Objects below.</summary>
        public int Count { get; }

        public int Width => Children?.Length ?? Items!.Length;

        public static Node Leaf(StoredObject[] items) => new(items, null, items[0].Key, items.Length);

        public static Node Inner(Node[] children)
        {
            int count = 0;
            foreach (Node child in children)
            {
                count += child.Count;
            }

            return new Node(null, children, children[0].First, count);
        }

        public static Node Join(Node left, Node right)
        {
            Debug.Assert(left.Children is null == right.Children is null);
            return left.Children is null
                ? Leaf([.. left.Items!, .. right.Items!])
                : Inner([.. left.Children, .. right.Children!]);
        }

        /// <summary>The index of the first item whose key is not below this one.</summary>
        public int LowerBound(string key)
        {
            int low = 0, high = Items!.Length;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (string.CompareOrdinal(Items[middle].Key, key) < 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            return low;
        }

        /// <summary>The index of the child that holds this key, if any does.</summary>
        public int ChildOf(string key)
        {
            int low = 1, high = Children!.Length;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (string.CompareOrdinal(Children[middle].First, key) <= 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            return low - 1;
        }
    }
}
