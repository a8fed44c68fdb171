using System.Runtime.InteropServices;
using Lodestone.Bpf.Btf;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Kernel.Migration;

/// <summary>Reads structs as another release has them: field by field, by name.</summary>
/// <remarks>A field that is not there reads as zero. One of another size keeps its low bytes, which come first (the kernel is little-endian).</remarks>
internal sealed class StructReader<T>
    where T : unmanaged
{
    private readonly List<(int From, int To, int Size)> _copies = [];
    private readonly int _stride;

    /// <exception cref="FormatException">The other release has no such struct.</exception>
    public StructReader(LayoutSchema schema, string name)
    {
        LayoutStruct theirs = schema.Structs.TryGetValue(name, out LayoutStruct? found)
            ? found
            : throw new FormatException($"layout {schema.Version} has no struct {name}");
        StructMirror ours = Mirrors.Structs.First(mirror => mirror.CName == name);
        _stride = (theirs.Size + 7) & ~7;
        foreach (FieldMirror field in ours.Fields)
        {
            if (!field.CName.StartsWith("pad", StringComparison.Ordinal) && theirs.Fields.FirstOrDefault(f => f.Name == field.CName) is { } same)
            {
                _copies.Add((same.Offset, field.Offset, Math.Min(same.Size, field.Size)));
            }
        }
    }

    /// <summary>The elements of an array of such structs.</summary>
    public T[] ReadAll(ReadOnlySpan<byte> array)
    {
        var result = new T[array.Length / _stride];
        for (int i = 0; i < result.Length; i++)
        {
            ReadOnlySpan<byte> from = array.Slice(i * _stride, _stride);
            Span<byte> to = MemoryMarshal.AsBytes(result.AsSpan(i, 1));
            foreach ((int source, int target, int size) in _copies)
            {
                from.Slice(source, size).CopyTo(to[target..]);
            }
        }

        return result;
    }
}
