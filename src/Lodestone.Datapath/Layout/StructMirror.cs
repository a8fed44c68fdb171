namespace Lodestone.Datapath.Layout;

/// <summary>How a C# struct lies in memory, told under the names of the C struct that it mirrors.</summary>
/// <param name="CName">The C struct's tag.</param>
/// <param name="Size">Size of the C# struct in bytes.</param>
/// <param name="Fields">Every field, under its C name.</param>
public sealed record StructMirror(string CName, int Size, IReadOnlyList<FieldMirror> Fields);
