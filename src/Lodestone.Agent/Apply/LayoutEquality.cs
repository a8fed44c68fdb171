using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Lodestone.Agent.Apply;

/// <summary>Compares structs as the kernel does: byte by byte.</summary>
internal sealed class LayoutEquality<T> : IEqualityComparer<T>
    where T : unmanaged
{
    public static LayoutEquality<T> Instance { get; } = new();

    public bool Equals(T x, T y) => AsBytes(in x).SequenceEqual(AsBytes(in y));

    public int GetHashCode([DisallowNull] T obj) => (int)XxHash32.HashToUInt32(AsBytes(in obj));

    private static ReadOnlySpan<byte> AsBytes(in T value) => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
}
