using System.Runtime.InteropServices;

namespace Lodestone.Linux.Packets;

/// <summary>One instruction of a classic BPF program (struct sock_filter), which the kernel runs on each frame of a packet socket.</summary>
/// <param name="Code">What it does.</param>
/// <param name="IfTrue">Instructions that a comparison which holds skips.</param>
/// <param name="IfFalse">Those that one which doesn't hold skips.</param>
/// <param name="Operand">Offset, constant or result.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FilterInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand)
{
    /// <summary>Takes the frame up to as many bytes; zero: drops it.</summary>
    internal static FilterInstruction Return(uint bytes) => new(0x06, 0, 0, bytes); // BPF_RET | BPF_K

    /// <summary>Loads the byte at an offset from the Ethernet header.</summary>
    internal static FilterInstruction LoadByte(uint offset) => new(0x30, 0, 0, offset); // BPF_LD | BPF_B | BPF_ABS

    /// <summary>Goes on where the byte is that, else skips instructions.</summary>
    internal static FilterInstruction UnlessByte(byte value, byte skip) => new(0x15, 0, skip, value); // BPF_JMP | BPF_JEQ | BPF_K
}
