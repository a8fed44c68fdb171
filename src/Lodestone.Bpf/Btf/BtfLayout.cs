using Lodestone.Datapath.Layout;

namespace Lodestone.Bpf.Btf;

/// <summary>Compares the C# mirrors with the types that an object was compiled from.</summary>
public static class BtfLayout
{
    /// <summary>Compares all of <see cref="Mirrors"/> with an object.</summary>
    /// <exception cref="BpfException">Something differs: agent and object are of different builds.</exception>
    public static void Verify(ReadOnlySpan<byte> elf)
    {
        IReadOnlyList<string> differences = Compare(BpfObject.ReadBtf(elf), Mirrors.Structs, Mirrors.Enums);
        if (differences.Count > 0)
        {
            throw new BpfException($"the layouts of agent and BPF object differ: {string.Join("; ", differences)}");
        }
    }

    /// <summary>Says what differs, one line each: sizes, offsets, missing fields and values, map types without a mirror.</summary>
    internal static IReadOnlyList<string> Compare(BtfTypes types, IReadOnlyList<StructMirror> structs, IReadOnlyList<EnumMirror> enums)
    {
        ArgumentNullException.ThrowIfNull(types);
        ArgumentNullException.ThrowIfNull(structs);
        ArgumentNullException.ThrowIfNull(enums);
        List<string> differences = [];
        foreach (StructMirror mirror in structs)
        {
            CompareStruct(types, mirror, differences);
        }

        foreach (EnumMirror mirror in enums)
        {
            CompareEnum(types, mirror, differences);
        }

        HashSet<string> mirrored = [.. structs.Select(s => s.CName)];
        differences.AddRange(MapStructs(types).Where(s => !mirrored.Contains(s.Struct))
            .Select(s => $"map {s.Map} holds struct {s.Struct}, which has no mirror"));
        return differences;
    }

    private static void CompareStruct(BtfTypes types, StructMirror mirror, List<string> differences)
    {
        BtfType? type = types.Find(BtfKind.Struct, mirror.CName);
        if (type is null)
        {
            differences.Add($"struct {mirror.CName} is not in the object");
            return;
        }

        if (type.SizeOrType != mirror.Size)
        {
            differences.Add($"struct {mirror.CName} has {type.SizeOrType} bytes, its mirror {mirror.Size}");
        }

        Dictionary<string, FieldMirror> fields = mirror.Fields.ToDictionary(f => f.CName);
        foreach (BtfMember member in type.Members.Where(m => m.Name.Length > 0))
        {
            int size = types.SizeOf(member.TypeId);
            if (!fields.Remove(member.Name, out FieldMirror? field))
            {
                differences.Add($"{mirror.CName}.{member.Name} has no mirror");
            }
            else if (member.BitOffset != field.Offset * 8 || size != field.Size)
            {
                differences.Add($"{mirror.CName}.{member.Name} is {size} bytes at {member.BitOffset / 8}, its mirror {field.Size} at {field.Offset}");
            }
        }

        differences.AddRange(fields.Keys.Select(name => $"{mirror.CName}.{name} is not in the object"));
    }

    private static void CompareEnum(BtfTypes types, EnumMirror mirror, List<string> differences)
    {
        BtfType? type = types.Find(BtfKind.Enum, mirror.CName);
        if (type is null)
        {
            differences.Add($"enum {mirror.CName} is not in the object");
            return;
        }

        differences.AddRange(type.Values.Except(mirror.Values).Select(v => $"enum {mirror.CName}: {v.Key} = {v.Value} has no mirror"));
        differences.AddRange(mirror.Values.Except(type.Values).Select(v => $"enum {mirror.CName}: {v.Key} = {v.Value} is not in the object"));
    }

    /// <summary>The structs that maps are made of, from the definitions in <c>.maps</c>.</summary>
    private static IEnumerable<(string Map, string Struct)> MapStructs(BtfTypes types)
        => from map in types.Section(".maps")
           from member in types.Resolve(map.Value.TypeId).Members
           where member.Name is "key" or "value"
           let pointed = types.Resolve(types.Resolve(member.TypeId).SizeOrType)
           where pointed.Kind is BtfKind.Struct or BtfKind.Union
           select (map.Key, pointed.Name);
}
