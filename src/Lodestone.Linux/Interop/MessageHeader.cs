using System.Runtime.InteropServices;

namespace Lodestone.Linux.Interop;

/// <summary>C's <c>struct mmsghdr</c> (sendmmsg(2)) on 64-bit machines.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    /// <summary>Destination; null on a socket that has one.</summary>
    public void* Name;

    /// <summary>Bytes of <see cref="Name"/>.</summary>
    public uint NameLength;

    /// <summary>What is sent.</summary>
    public IoVector* Vector;

    /// <summary>How many vectors.</summary>
    public nuint VectorLength;

    /// <summary>Null.</summary>
    public void* Control;

    /// <summary>Zero.</summary>
    public nuint ControlLength;

    /// <summary>Zero.</summary>
    public int Flags;

    /// <summary>Zero: the end of <c>struct msghdr</c>.</summary>
    public int Pad;

    /// <summary>Set by the kernel: bytes that were sent.</summary>
    public uint Sent;

    /// <summary>C's <c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        /// <summary>The bytes.</summary>
        public void* Base;

        /// <summary>How many.</summary>
        public nuint Length;
    }
}
