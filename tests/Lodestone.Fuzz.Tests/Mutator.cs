using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lodestone.Fuzz.Tests;

/// <summary>Makes odd JSON, YAML, patches and bytes of valid ones; the same seed makes the same.</summary>
internal sealed class Mutator(Random random)
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 2000 };

    /// <summary>One of a list.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>True with a probability.</summary>
    public bool Chance(double probability) => random.NextDouble() < probability;

    /// <summary>A whole number below a bound.</summary>
    public int Next(int bound) => random.Next(bound);

    /// <summary>The text with a few changes: of its structure mostly, of its bytes sometimes.</summary>
    public byte[] Json(string valid)
    {
        double what = random.NextDouble();
        if (what < 0.3)
        {
            return Encoding.UTF8.GetBytes(valid);
        }

        if (what < 0.37)
        {
            return Bytes(Encoding.UTF8.GetBytes(valid));
        }

        if (what < 0.39)
        {
            return Encoding.UTF8.GetBytes(Nested(Pick([10, 63, 64, 65, 500, 20_000])));
        }

        JsonNode? node = JsonNode.Parse(valid, documentOptions: Deep);
        int changes = 1 + random.Next(3);
        for (int i = 0; i < changes; i++)
        {
            Change(node!);
        }

        string text = node!.ToJsonString();
        if (Chance(0.1))
        {
            // A duplicate key, which no tree can hold.
            int brace = text.IndexOf('{', random.Next(text.Length));
            text = brace < 0 ? text : text.Insert(brace + 1, Pick(["\"metadata\":{},", "\"name\":\"dup\",", "\"spec\":null,", "\"kind\":\"X\","]));
        }

        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>A JSON patch of random operations.</summary>
    public byte[] JsonPatch()
    {
        if (Chance(0.02))
        {
            return Ladder();
        }

        var operations = new JsonArray();
        int count = Chance(0.02) ? 10_050 : random.Next(6);
        for (int i = 0; i < count; i++)
        {
            var operation = new JsonObject
            {
                ["op"] = Pick(["add", "remove", "replace", "move", "copy", "test", "frob", ""]),
                ["path"] = Pointer(),
            };
            if (Chance(0.7))
            {
                operation["value"] = Value(2);
            }

            if (Chance(0.4))
            {
                operation["from"] = Pointer();
            }

            operations.Add(operation);
        }

        return Encoding.UTF8.GetBytes(Chance(0.05) ? Value(2)?.ToJsonString() ?? "null" : operations.ToJsonString());
    }

    /// <summary>A JSON patch that nests what is there deeper, step by step.</summary>
    private byte[] Ladder()
    {
        string below = string.Concat(Enumerable.Repeat("/a", 1 + random.Next(100)));
        string value = string.Concat(Enumerable.Repeat("{\"a\":", 100)) + "{}" + new string('}', 100);
        string step = $$$"""{"op":"add","path":"/y","value":{{{value}}}},{"op":"{{{Pick(["move", "copy"])}}}","from":"/x","path":"/y{{{below}}}"},{"op":"move","from":"/y","path":"/x"}""";
        return Encoding.UTF8.GetBytes($$$"""[{"op":"add","path":"/x","value":{}},{{{string.Join(',', Enumerable.Repeat(step, Pick([2, 5, 12, 500])))}}}]""");
    }

    /// <summary>YAML that is not quite what JSON would be.</summary>
    public byte[] Yaml(string valid)
    {
        if (Chance(0.4))
        {
            return Json(valid);
        }

        return Encoding.UTF8.GetBytes(Pick(
        [
            "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e]\n",
            "a: &a\n  b: *a\n", "? [a]\n: b\n", "- - - -\n", "a: !!binary AAEC\n", "a: !!str 1\nb: 0o17\nc: 0x1F\nd: .inf\ne: ~\nf: yes\n", "a: 1\na: 2\n", "%YAML 9.9\n---\na\n", "---\na: 1\n---\nb: 2\n",
            "<<: {a: 1}\n", "a: |\n  x\n y\n", "\ta: 1\n", "{", "[", "\"", "'", "", "# only a comment\n", "a: *unknown\n",
            "apiVersion: networking.ironcore.dev/v1alpha1\nkind: LoadBalancer\nmetadata: {name: x}\nspec: {type: Public, ports: [{port: 80}, {port: 80}], networkRef: {name: n}}\n",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: yes, b: 1.0, c: 0123, d: null}\n",
        ]));
    }

    /// <summary>Bytes with a few flipped, cut, doubled or put in.</summary>
    public byte[] Bytes(byte[] valid)
    {
        byte[] bytes = [.. valid];
        int changes = 1 + random.Next(4);
        for (int i = 0; i < changes && bytes.Length > 0; i++)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes = bytes[..at];
                    break;
                case 2:
                    bytes = [.. bytes[..at], .. bytes[at..], .. bytes[at..]];
                    break;
                case 3:
                    bytes = [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
                    break;
                default:
                    bytes[at] = Pick<byte>([0, 0xFF, 0xC0, 0x80, (byte)'{', (byte)'}', (byte)'"', (byte)'\\', (byte)'\n']);
                    break;
            }
        }

        return bytes;
    }

    /// <summary>A protobuf envelope around something.</summary>
    public byte[] Protobuf(string apiVersion, string kind)
    {
        byte[] raw = new byte[random.Next(80)];
        random.NextBytes(raw);
        if (Chance(0.6))
        {
            // metadata { name }, as all kinds have it in field 1.
            string name = Pick(Seeds.Words);
            byte[] text = Encoding.UTF8.GetBytes(name.Length > 100 ? name[..100] : name);
            raw = [0x0A, (byte)(text.Length + 2), 0x0A, (byte)text.Length, .. text, .. raw];
        }

        byte[] version = Encoding.ASCII.GetBytes(apiVersion), kindName = Encoding.ASCII.GetBytes(kind);
        byte[] type = [0x0A, (byte)version.Length, .. version, 0x12, (byte)kindName.Length, .. kindName];
        byte[] envelope = [(byte)'k', (byte)'8', (byte)'s', 0, 0x0A, (byte)type.Length, .. type, 0x12, (byte)Math.Min(raw.Length, 127), .. raw];
        return Chance(0.4) ? Bytes(envelope) : envelope;
    }

    /// <summary>A value of any type.</summary>
    public JsonNode? Value(int depth) => random.Next(depth > 0 ? 11 : 9) switch
    {
        0 => null,
        1 => JsonValue.Create(Chance(0.5)),
        2 => JsonValue.Create(Pick<long>([0, -1, 1, 65535, 65536, 80, int.MaxValue, long.MinValue, long.MaxValue])),
        3 => JsonValue.Create(Pick([0.5, 1e300, -0.0, 80.0])),
        4 => JsonNode.Parse(Pick(["1e400", "123456789012345678901234567890", "1.0", "-0", "8e1"])),
        5 => new JsonArray(),
        6 => new JsonObject(),
        9 => new JsonArray(Value(depth - 1), Value(depth - 1)),
        10 => new JsonObject { [Key()] = Value(depth - 1), [Pick(["name", "a", "f:metadata", "value", "key"])] = Value(depth - 1) },
        _ => JsonValue.Create(Pick(Seeds.Words)),
    };

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"metadata\":", depth)) + "1" + new string('}', depth);

    private string Key() => Pick(
    [
        "metadata", "spec", "status", "name", "namespace", "uid", "resourceVersion", "generateName", "labels", "annotations", "finalizers", "ownerReferences", "managedFields", "deletionTimestamp",
        "creationTimestamp", "generation", "selfLink", "kind", "apiVersion", "data", "ports", "ips", "rules", "subjects", "unknown", "", "a/b", "a.b", "$patch",
    ]);

    private string Pointer() => Chance(0.15)
        ? Pick(Seeds.Words)
        : Pick(["", "/metadata", "/metadata/name", "/metadata/labels/x", "/metadata/labels/a~1b", "/metadata/finalizers/-", "/metadata/managedFields", "/spec", "/spec/ports/0", "/spec/ports/-", "/spec/ports/99",
            "/spec/ports/-1", "/spec/ports/01", "/status", "/data/a", "/kind", "/apiVersion", "/~2", "/metadata/resourceVersion", "/metadata/uid", "/spec/type"]);

    private void Change(JsonNode root)
    {
        JsonNode at = root;
        int steps = random.Next(5);
        for (int i = 0; i < steps; i++)
        {
            JsonNode? next = at switch
            {
                JsonObject { Count: > 0 } o => o.ElementAt(random.Next(o.Count)).Value,
                JsonArray { Count: > 0 } a => a[random.Next(a.Count)],
                _ => null,
            };
            if (next is not (JsonObject or JsonArray))
            {
                break;
            }

            at = next;
        }

        switch (at)
        {
            case JsonObject o:
                string key = o.Count > 0 && Chance(0.7) ? o.ElementAt(random.Next(o.Count)).Key : Key();
                if (Chance(0.25))
                {
                    o.Remove(key);
                }
                else
                {
                    o[key] = Chance(0.05) ? Many() : Value(3);
                }

                break;
            case JsonArray a:
                if (a.Count > 0 && Chance(0.3))
                {
                    a.RemoveAt(random.Next(a.Count));
                }
                else if (a.Count > 0 && Chance(0.4))
                {
                    a.Add(a[random.Next(a.Count)]?.DeepClone());
                }
                else
                {
                    a.Insert(random.Next(a.Count + 1), Value(3));
                }

                break;
        }
    }

    private JsonNode Many() => Chance(0.5)
        ? new JsonArray([.. Enumerable.Range(0, 3000).Select(i => (JsonNode)i)])
        : new JsonObject(Enumerable.Range(0, 3000).Select(i => KeyValuePair.Create<string, JsonNode?>("k" + i.ToString(CultureInfo.InvariantCulture), "v")));
}
