using System.Runtime.InteropServices;

namespace Lodestone.Agent.Trace;

/// <summary>C's <c>struct __sk_buff</c> (include/uapi/linux/bpf.h), as a test run takes it: what is not said has to be zero, and it has to be whole.</summary>
internal static class TcContext
{
    private const int IfindexAt = 40;
    private const int MemoryAt = 48;
    private const int Size = 192;

    /// <summary>A packet at a device of this network namespace.</summary>
    public static byte[] AtDevice(uint ifindex) => With(IfindexAt, ifindex);

    /// <summary>A packet with this in <c>cb[0]</c>.</summary>
    public static byte[] WithMemory(uint value) => With(MemoryAt, value);

    private static byte[] With(int offset, uint value)
    {
        byte[] context = new byte[Size];
        MemoryMarshal.Write(context.AsSpan(offset), value);
        return context;
    }
}
