namespace Lodestone.Datapath.Layout;

/// <summary>One field of a mirror.</summary>
/// <param name="CName">The C field's name.</param>
/// <param name="Offset">Bytes from the start of the struct.</param>
/// <param name="Size">Bytes.</param>
public sealed record FieldMirror(string CName, int Offset, int Size);
