using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Lodestone.ApiServer.Json;

/// <summary>Reads YAML as the JSON that Kubernetes takes it for: what sigs.k8s.io/yaml makes of it, YAML 1.1's words for truth included.</summary>
/// <remarks>Only parser events are used, so nothing here needs reflection. Nesting and what aliases repeat are bounded.</remarks>
public static class YamlJson
{
    private const int MaxDepth = 256;
    private const int MaxRepeatedNodes = 100_000;

    /// <summary>The documents of a stream that are mappings; of keys given twice the last one counts.</summary>
    /// <exception cref="FormatException">It is not YAML, or not such as has a JSON form.</exception>
    public static IEnumerable<JsonObject> Read(TextReader reader) => ReadDocuments(reader.ReadToEnd(), null).OfType<JsonObject>();

    /// <summary>The first document of a request body.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="duplicates">Receives, for every key that stands twice in its mapping, <c>line 4: key "a" already set in map</c>; the last one counts.</param>
    /// <exception cref="FormatException">It is not YAML, or not such as has a JSON form.</exception>
    internal static JsonNode? Read(ReadOnlySpan<byte> utf8, List<string> duplicates)
    {
        try
        {
            return ReadDocuments(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8), duplicates).FirstOrDefault();
        }
        catch (DecoderFallbackException exception)
        {
            throw new FormatException("yaml: the text is not valid UTF-8", exception);
        }
    }

    /// <summary>Duplicates as one problem, the way Go's YAML reader lists them.</summary>
    internal static string Describe(IEnumerable<string> duplicates) => $"yaml: unmarshal errors:\n  {string.Join("\n  ", duplicates)}";

    private static IEnumerable<JsonNode?> ReadDocuments(string text, List<string>? duplicates)
    {
        var reader = new DocumentReader(new Parser(new StringReader(text)), duplicates);
        while (reader.TryRead(out JsonNode? document))
        {
            yield return document;
        }
    }

    private sealed class DocumentReader(Parser parser, List<string>? duplicates)
    {
        private readonly Dictionary<AnchorName, (JsonNode? Node, int Count)> _anchors = [];
        private int _depth;
        private int _nodes;
        private int _repeated;

        public bool TryRead(out JsonNode? document)
        {
            try
            {
                _ = parser.TryConsume<StreamStart>(out _);
                if (!parser.TryConsume<DocumentStart>(out _))
                {
                    document = null;
                    return false;
                }

                _anchors.Clear();
                document = Node();
                _ = parser.Consume<DocumentEnd>();
                return true;
            }
            catch (YamlException exception)
            {
                throw Problem(exception.Start, exception.InnerException?.Message ?? exception.Message);
            }
            catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
            {
                // How the scanner refuses what it did not foresee, such as text behind a document's end.
                throw Problem(parser.Current?.End ?? default, exception.Message);
            }
        }

        private static FormatException Problem(Mark mark, string why) => new($"yaml: line {mark.Line}: {why}");

        private JsonNode? Node()
        {
            if (parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
            {
                return Repeat(alias);
            }

            if (!parser.Accept<NodeEvent>(out NodeEvent? start))
            {
                throw Problem(parser.Current?.Start ?? default, "a value is missing");
            }

            if (++_depth > MaxDepth)
            {
                throw Problem(start.Start, $"it is nested deeper than {MaxDepth} levels");
            }

            int before = _nodes++;
            if (!start.Anchor.IsEmpty)
            {
                // Until it is complete it can't be repeated.
                _anchors.Remove(start.Anchor);
            }

            JsonNode? node = start switch
            {
                MappingStart => Mapping(),
                SequenceStart => Sequence(),
                _ => YamlScalar.Resolve(parser.Consume<Scalar>()),
            };
            _depth--;
            if (!start.Anchor.IsEmpty)
            {
                _anchors[start.Anchor] = (node, _nodes - before);
            }

            return node;
        }

        private JsonNode? Repeat(AnchorAlias alias)
        {
            if (!_anchors.TryGetValue(alias.Value, out (JsonNode? Node, int Count) anchor))
            {
                throw Problem(alias.Start, $"unknown anchor '{alias.Value}' referenced, or one that contains itself");
            }

            _nodes += anchor.Count;
            _repeated += anchor.Count;
            return _repeated > MaxRepeatedNodes
                ? throw Problem(alias.Start, "document contains excessive aliasing")
                : anchor.Node?.DeepClone();
        }

        private JsonArray Sequence()
        {
            _ = parser.Consume<SequenceStart>();
            var items = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Node());
            }

            return items;
        }

        private JsonObject Mapping()
        {
            _ = parser.Consume<MappingStart>();
            var members = new JsonObject();
            JsonObject? merged = null;
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (parser.Accept<Scalar>(out Scalar? merge) && YamlScalar.IsMerge(merge))
                {
                    parser.MoveNext();
                    Merge(merged ??= [], Node(), merge.Start);
                    continue;
                }

                string key = Key();
                Mark at = parser.Current?.Start ?? default;
                JsonNode? value = Node();
                if (members.ContainsKey(key))
                {
                    duplicates?.Add($"line {at.Line}: key \"{key}\" already set in map");
                }

                members[key] = value;
            }

            foreach ((string key, JsonNode? value) in merged ?? [])
            {
                if (!members.ContainsKey(key))
                {
                    members[key] = value?.DeepClone();
                }
            }

            return members;
        }

        private string Key()
        {
            if (parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
            {
                return Repeat(alias) is JsonValue repeated ? YamlScalar.KeyOf(repeated) : throw Problem(alias.Start, "a key has to be a scalar");
            }

            if (!parser.TryConsume<Scalar>(out Scalar? scalar))
            {
                throw Problem(parser.Current?.Start ?? default, "a key has to be a scalar");
            }

            JsonValue key = YamlScalar.Resolve(scalar) ?? throw Problem(scalar.Start, "unsupported map key: null");
            if (!scalar.Anchor.IsEmpty)
            {
                _anchors[scalar.Anchor] = (key, 1);
            }

            return YamlScalar.KeyOf(key);
        }

        // Of several mappings that are merged the first one wins.
        private static void Merge(JsonObject into, JsonNode? from, Mark at)
        {
            foreach (JsonNode? source in from is JsonArray list ? list : [from])
            {
                if (source is not JsonObject mapping)
                {
                    throw Problem(at, "map merge requires map or sequence of maps as the value");
                }

                foreach ((string key, JsonNode? value) in mapping)
                {
                    if (!into.ContainsKey(key))
                    {
                        into[key] = value?.DeepClone();
                    }
                }
            }
        }
    }
}
