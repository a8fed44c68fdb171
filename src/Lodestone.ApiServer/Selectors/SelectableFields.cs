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
    /// <param name="fields">The fields of the kind that is stored.</param>
    /// <param name="served">The same fields, or some of them, as the kind that is served names them; null: it is the same kind.</param>
    public SelectableFields(IReadOnlyList<SelectableField> fields, IReadOnlyList<SelectableField>? served = null)
    {
        // An object keeps one list of values, so kinds that share their objects share the order of their fields.
        _count = fields.Count;
        string[] paths = [.. fields.Select(f => f.Path)];
        _byName = (served ?? fields).ToDictionary(f => f.Name, f => Array.IndexOf(paths, f.Path), StringComparer.Ordinal);
        for (int i = 0; i < fields.Count; i++)
        {
            StepTo(fields[i].Path).Fields.Add(i);
            if (fields[i].Otherwise is { } path)
            {
                StepTo(path).Fallbacks.Add(i);
            }
        }
    }

    /// <summary>No fields.</summary>
    public static SelectableFields None { get; } = new([]);

    /// <summary>Why a name can't be selected by, as Kubernetes says it of kinds with and without fields of their own.</summary>
    public string Refusal(string name) => _count == 0
        ? $"\"{name}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        : $"field label not supported: {name}";

    /// <summary>The index of a field by its name in a selector; false if there is no such field.</summary>
    public bool TryFind(string name, out int index) => _byName.TryGetValue(name, out index);

    /// <summary>The value of a field; empty when it is absent.</summary>
    public string ValueOf(StoredObject item, int index) => (item.FieldValues ??= Read(item.Json))[index];

    private Step StepTo(string path)
    {
        Step step = _root;
        foreach (string key in path.Split('.'))
        {
            step = step.Child(key);
        }

        return step;
    }

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

            if (child.Fields.Count + child.Fallbacks.Count > 0 && Text(ref reader) is { } value)
            {
                foreach (int field in child.Fields)
                {
                    values[field] = value.Length > 0 ? value : values[field];
                }

                foreach (int field in child.Fallbacks)
                {
                    values[field] = values[field].Length > 0 ? values[field] : value;
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

        /// <summary>The fields that have their value here if they have none at their path.</summary>
        public List<int> Fallbacks { get; } = [];

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
