using System.Buffers.Binary;
using System.Text;

namespace Lodestone.Bpf.Btf;

/// <summary>The types in a BTF blob (Documentation/bpf/btf.rst), as far as layouts need them.</summary>
internal sealed class BtfTypes
{
    private const ushort Magic = 0xeb9f;
    private const int PointerSize = 8;

    private readonly List<BtfType> _types = [new BtfType(BtfKind.Void, string.Empty, 0)];

    private BtfTypes()
    {
    }

    /// <summary>All types; the index is the id.</summary>
    public IReadOnlyList<BtfType> All => _types;

    /// <summary>Parses a blob in little-endian byte order.</summary>
    /// <exception cref="BpfException">It is none, or has a kind that is not known here.</exception>
    public static BtfTypes Parse(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 24 || BinaryPrimitives.ReadUInt16LittleEndian(blob) != Magic)
        {
            throw new BpfException("This is no BTF.");
        }

        int header = Int(blob[4..]);
        ReadOnlySpan<byte> types = blob.Slice(header + Int(blob[8..]), Int(blob[12..]));
        ReadOnlySpan<byte> strings = blob.Slice(header + Int(blob[16..]), Int(blob[20..]));
        BtfTypes result = new();
        while (!types.IsEmpty)
        {
            result._types.Add(ParseType(ref types, strings));
        }

        return result;
    }

    /// <summary>Finds a named struct, union or enum; null where there is none.</summary>
    public BtfType? Find(BtfKind kind, string name) => _types.Find(t => t.Kind == kind && t.Name == name);

    /// <summary>The variables of a data section such as <c>.rodata</c>, by name; empty where there is none.</summary>
    public IReadOnlyDictionary<string, BtfVariable> Section(string name)
        => Find(BtfKind.DataSection, name)?.Variables.ToDictionary(
            v => _types[v.TypeId].Name,
            v => v with { TypeId = _types[v.TypeId].SizeOrType }) ?? [];

    /// <summary>Follows typedefs and qualifiers.</summary>
    public BtfType Resolve(int typeId)
    {
        BtfType type = _types[typeId];
        while (type.Kind is BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag)
        {
            type = _types[type.SizeOrType];
        }

        return type;
    }

    /// <summary>Bytes of a type.</summary>
    public int SizeOf(int typeId)
    {
        BtfType type = Resolve(typeId);
        return type.Kind switch
        {
            BtfKind.Pointer => PointerSize,
            BtfKind.Array => type.Count * SizeOf(type.SizeOrType),
            _ => type.SizeOrType,
        };
    }

    private static BtfType ParseType(ref ReadOnlySpan<byte> types, ReadOnlySpan<byte> strings)
    {
        string name = Text(strings, Int(types));
        uint info = BinaryPrimitives.ReadUInt32LittleEndian(types[4..]);
        int sizeOrType = Int(types[8..]);
        BtfKind kind = (BtfKind)((info >> 24) & 0x1f);
        int count = (int)(info & 0xffff);
        bool flag = info >> 31 != 0;
        types = types[12..];

        BtfType type = new(kind, name, sizeOrType);
        switch (kind)
        {
            case BtfKind.Int or BtfKind.Variable or BtfKind.DeclarationTag:
                types = types[4..];
                return type;
            case BtfKind.Array:
                type = new BtfType(kind, name, Int(types)) { Count = Int(types[8..]) };
                types = types[12..];
                return type;
            case BtfKind.Struct or BtfKind.Union:
                return type with { Members = Members(ref types, strings, count, flag) };
            case BtfKind.Enum:
                return type with { Values = Values(ref types, strings, count, 8) };
            case BtfKind.Enum64:
                return type with { Values = Values(ref types, strings, count, 12) };
            case BtfKind.Prototype:
                types = types[(8 * count)..];
                return type;
            case BtfKind.DataSection:
                return type with { Variables = Variables(ref types, count) };
            case BtfKind.Pointer or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const
                or BtfKind.Restrict or BtfKind.Function or BtfKind.Float or BtfKind.TypeTag:
                return type;
            default:
                throw new BpfException($"BTF kind {kind} is not known.");
        }
    }

    private static List<BtfMember> Members(ref ReadOnlySpan<byte> types, ReadOnlySpan<byte> strings, int count, bool bitfields)
    {
        List<BtfMember> members = new(count);
        for (int i = 0; i < count; i++, types = types[12..])
        {
            int offset = Int(types[8..]);
            members.Add(new BtfMember(Text(strings, Int(types)), Int(types[4..]), bitfields ? offset & 0xffffff : offset));
        }

        return members;
    }

    private static Dictionary<string, long> Values(ref ReadOnlySpan<byte> types, ReadOnlySpan<byte> strings, int count, int stride)
    {
        Dictionary<string, long> values = new(count);
        for (int i = 0; i < count; i++, types = types[stride..])
        {
            long high = stride == 12 ? (long)Int(types[8..]) << 32 : 0;
            values.Add(Text(strings, Int(types)), high | (uint)Int(types[4..]));
        }

        return values;
    }

    private static List<BtfVariable> Variables(ref ReadOnlySpan<byte> types, int count)
    {
        List<BtfVariable> variables = new(count);
        for (int i = 0; i < count; i++, types = types[12..])
        {
            variables.Add(new BtfVariable(Int(types[4..]), Int(types[8..]), Int(types)));
        }

        return variables;
    }

    private static int Int(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes);

    private static string Text(ReadOnlySpan<byte> strings, int offset)
    {
        ReadOnlySpan<byte> text = strings[offset..];
        return Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]);
    }
}
