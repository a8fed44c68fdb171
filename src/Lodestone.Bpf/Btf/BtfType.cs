namespace Lodestone.Bpf.Btf;

/// <summary>One type of a BTF blob.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its tag or name; empty where it has none.</param>
/// <param name="SizeOrType">Bytes, or the id of the type it refers to, depending on the kind.</param>
internal sealed record BtfType(BtfKind Kind, string Name, int SizeOrType)
{
    /// <summary>Members of a struct or union.</summary>
    public IReadOnlyList<BtfMember> Members { get; init; } = [];

    /// <summary>Values of an enum.</summary>
    public IReadOnlyDictionary<string, long> Values { get; init; } = new Dictionary<string, long>();

    /// <summary>Variables of a data section: offset, size and type id, in order.</summary>
    public IReadOnlyList<BtfVariable> Variables { get; init; } = [];

    /// <summary>Elements of an array.</summary>
    public int Count { get; init; }
}
