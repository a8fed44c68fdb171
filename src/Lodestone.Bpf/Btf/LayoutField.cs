namespace Lodestone.Bpf.Btf;

/// <summary>A field of a <see cref="LayoutStruct"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Bytes from the start.</param>
/// <param name="Size">Bytes.</param>
public sealed record LayoutField(string Name, int Offset, int Size);
