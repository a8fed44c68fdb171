namespace Lodestone.Bpf.Btf;

/// <summary>A variable in a data section.</summary>
/// <param name="Offset">Bytes from the start of the section.</param>
/// <param name="Size">Bytes.</param>
/// <param name="TypeId">Its type.</param>
internal sealed record BtfVariable(int Offset, int Size, int TypeId);
