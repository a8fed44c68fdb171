using System.Text;
using System.Text.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Selectors;

/// <summary>The selectable fields of a kind, and their values in its objects.</summary>
/// <remarks>
/// An object's values are read from its JSON when a selector first asks for one of them, all at once, and kept beside the
/// object: a second selective list only compares strings, and every watcher shares what the first one read.
/// </remarks>
internal sealed class SelectableFields
{
    private readonly Dictionary<string, int> _byName;
    private readonly Step _root = new("");
    private readonly int _count;

    /// <summary>These fields.</summary>
    public SelectableFields(IReadOnlyList<SelectableField> fields)
    {
        _count = fields.Count;
        _byName = new Dictionary<string, int>(fields.Count, StringComparer.Ordinal);
        for (int i = 0; i < fields.Count; i++)
        {
            _byName[fields[i].Name] = i;
            Step step = _root;
            foreach (string key in fields[i].Path.Split('.'))
            {
                step = step.Child(key);
            }

            step.Fields.Add(i);
        }
    }

    /// <summary>No fields.</summary>
    public static SelectableFields None { get; } = new([]);

    /// <summary>The index of a field by its name in a selector; false if there is no such field.</summary>
    public bool TryFind(string name, out int index) => _byName.TryGetValue(name, out index);

    /// <summary>The value of a field; empty when it is absent.</summary>
    public string ValueOf(StoredObject item, int index) => (item.FieldValues ??= Read(item.Json))[index];

    private string[] Read(ReadOnlySpan<byte> json)
    {
        var values = new string[_count];
        Array.Fill(values, "");
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Read(ref reader, _root, values);
        return values;
    }

    /// <summary>Reads an object, or passes over anything else; the reader stands at its start before and at its end after.</summary>
    private static void Read(ref Utf8JsonReader reader, Step step, string[] values)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Step? child = step.Find(ref reader);
            reader.Read();
            if (child is null)
            {
                reader.Skip();
                continue;
            }

            if (child.Fields.Count > 0 && Text(ref reader) is { } value)
            {
                foreach (int field in child.Fields)
                {
                    values[field] = value;
                }
            }

            Read(ref reader, child, values);
        }
    }

    private static string? Text(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => StringPool.Shared.Get(ref reader),
        JsonTokenType.Number => StringPool.Shared.Get(reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => null,
    };

    /// <summary>A key on the way to some fields.</summary>
    private sealed class Step(string key)
    {
        private readonly byte[] _key = Encoding.UTF8.GetBytes(key);
        private readonly List<Step> _children = [];

        /// <summary>The fields whose path ends here.</summary>
        public List<int> Fields { get; } = [];

        public Step Child(string childKey)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(childKey);
            Step? child = _children.Find(c => c._key.AsSpan().SequenceEqual(utf8));
            if (child is null)
            {
                _children.Add(child = new Step(childKey));
            }

            return child;
        }

        public Step? Find(ref Utf8JsonReader reader)
        {
            foreach (Step child in _children)
            {
                if (reader.ValueTextEquals(child._key))
                {
                    return child;
                }
            }

            return null;
        }
    }
}
