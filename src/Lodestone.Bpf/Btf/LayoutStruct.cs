namespace Lodestone.Bpf.Btf;

/// <summary>A struct of a <see cref="LayoutSchema"/>.</summary>
/// <param name="Name">Its tag.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Fields">Its named fields, in their order.</param>
public sealed record LayoutStruct(string Name, int Size, IReadOnlyList<LayoutField> Fields);
