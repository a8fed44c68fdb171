using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct ring_slot</c>: one aligned 64-bit word; write it at once (<see cref="Word"/>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RingSlot
{
    /// <summary>Packets of this slot consult the flow table.</summary>
    public const uint Consult = 1u << 31;

    /// <summary>With <see cref="Consult"/>: unrecorded established flows belong to the previous owner.</summary>
    public const uint Learn = 1u << 30;

    /// <summary>The bits of <see cref="Previous"/> that are an index.</summary>
    public const uint RealMask = 0x00ffffff;

    /// <summary>Index of the owner; 0 is no real.</summary>
    public uint Current;

    /// <summary>Index of the former owner in the low 24 bits, <see cref="Consult"/>, <see cref="Learn"/>.</summary>
    public uint Previous;

    /// <summary>The slot as the one word that is stored.</summary>
    public readonly ulong Word => Current | ((ulong)Previous << 32);

    /// <summary>Takes a stored word apart.</summary>
    public static RingSlot FromWord(ulong word) => new() { Current = (uint)word, Previous = (uint)(word >> 32) };
}
