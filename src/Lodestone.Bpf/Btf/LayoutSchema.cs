using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lodestone.Bpf.Btf;

/// <summary>What the maps of one release hold: its structs by name and field, and its maps. Kept as text beside pinned maps, so that another release can read them.</summary>
public sealed class LayoutSchema
{
    private const string VersionName = "LAYOUT_VERSION";
    private const string FlowsName = "LAYOUT_FLOWS";

    private readonly Dictionary<string, LayoutStruct> _structs = [];
    private readonly Dictionary<string, LayoutMap> _maps = [];

    private LayoutSchema()
    {
    }

    /// <summary>C's <c>LAYOUT_VERSION</c>.</summary>
    public int Version { get; private set; } = 1;

    /// <summary>C's <c>LAYOUT_FLOWS</c>: what an entry of the flow table means.</summary>
    public int FlowFormat { get; private set; } = 1;

    /// <summary>The structs that maps hold.</summary>
    public IReadOnlyDictionary<string, LayoutStruct> Structs => _structs;

    /// <summary>The maps.</summary>
    public IReadOnlyDictionary<string, LayoutMap> Maps => _maps;

    /// <summary>Reads the types that an object was compiled from; needs no privilege.</summary>
    public static LayoutSchema Of(ReadOnlySpan<byte> elf)
    {
        BtfTypes types = BpfObject.ReadBtf(elf);
        var schema = new LayoutSchema();
        if (types.Find(BtfKind.Enum, "layout") is { } layout)
        {
            (schema.Version, schema.FlowFormat) = ((int)layout.Values[VersionName], (int)layout.Values[FlowsName]);
        }

        foreach ((string name, BtfVariable variable) in types.Section(".maps").OrderBy(map => map.Key, StringComparer.Ordinal))
        {
            Dictionary<string, BtfMember> members = types.Resolve(variable.TypeId).Members.ToDictionary(member => member.Name);
            schema._maps.Add(name, new LayoutMap(name, Number("type"), Number("map_flags"), Number("max_entries"), Type("key"), Type("value")));

            int Number(string member) => members.TryGetValue(member, out BtfMember? m) ? types.Resolve(types.Resolve(m.TypeId).SizeOrType).Count : 0;

            string Type(string member)
            {
                if (!members.TryGetValue(member, out BtfMember? m))
                {
                    return "-";
                }

                int id = types.Resolve(m.TypeId).SizeOrType;
                BtfType type = types.Resolve(id);
                if (type.Kind is not (BtfKind.Struct or BtfKind.Union))
                {
                    return types.SizeOf(id).ToString(CultureInfo.InvariantCulture);
                }

                schema.AddStruct(types, type);
                return type.Name;
            }
        }

        return schema;
    }

    /// <summary>Reads <see cref="ToString"/> back.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static LayoutSchema Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var schema = new LayoutSchema();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ');
            switch (words[0])
            {
                case "layout":
                    (schema.Version, schema.FlowFormat) = (Number(words[1]), Number(words[3]));
                    break;
                case "map":
                    schema._maps.Add(words[1], new LayoutMap(words[1], Number(words[3]), Number(words[5]), Number(words[7]), words[9], words[11]));
                    break;
                case "struct":
                    schema._structs.Add(words[1], new LayoutStruct(
                        words[1], Number(words[2]), [.. words[3..].Select(field => field.Split(':')).Select(f => new LayoutField(f[0], Number(f[1]), Number(f[2])))]));
                    break;
                default:
                    throw new FormatException($"a layout has no line '{line}'");
            }
        }

        return schema;

        static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
    }

    /// <summary>A name for maps of this layout and these sizes, fit for a pin: <c>layout2-0123456789abcdef</c>.</summary>
    /// <param name="sizes">Entries by map name, where they differ from the object's.</param>
    public string IdOf(IReadOnlyDictionary<string, uint> sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        string sized = string.Join(' ', sizes.OrderBy(size => size.Key, StringComparer.Ordinal).Select(size => $"{size.Key}={size.Value}"));
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{this}{sized}"));
        return $"layout{Version}-{Convert.ToHexStringLower(hash)[..16]}";
    }

    /// <summary>Whether a map of both layouts is one and the same but for its number of entries.</summary>
    public bool IsSameMap(string name, LayoutSchema other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _maps.TryGetValue(name, out LayoutMap? mine)
            && other._maps.TryGetValue(name, out LayoutMap? theirs)
            && mine with { Entries = 0 } == theirs with { Entries = 0 }
            && StructText(mine.Key) == other.StructText(mine.Key)
            && StructText(mine.Value) == other.StructText(mine.Value);
    }

    /// <summary>As text, the same for equal layouts.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"layout {Version} flows {FlowFormat}\n");
        foreach (LayoutMap map in _maps.Values.OrderBy(map => map.Name, StringComparer.Ordinal))
        {
            text.Append(
                CultureInfo.InvariantCulture, $"map {map.Name} type {map.Type} flags {map.Flags} entries {map.Entries} key {map.Key} value {map.Value}\n");
        }

        foreach (string name in _structs.Keys.Order(StringComparer.Ordinal))
        {
            text.Append(StructText(name)).Append('\n');
        }

        return text.ToString();
    }

    private string StructText(string name) => _structs.TryGetValue(name, out LayoutStruct? s)
        ? $"struct {s.Name} {s.Size} {string.Join(' ', s.Fields.Select(f => $"{f.Name}:{f.Offset}:{f.Size}"))}".TrimEnd()
        : name;

    private void AddStruct(BtfTypes types, BtfType type)
    {
        _structs.TryAdd(type.Name, new LayoutStruct(
            type.Name,
            type.SizeOrType,
            [.. type.Members.Where(m => m.Name.Length > 0).Select(m => new LayoutField(m.Name, m.BitOffset / 8, types.SizeOf(m.TypeId)))]));
    }
}
