using System.Runtime.InteropServices;

namespace Lodestone.Linux.Netlink;

/// <summary>struct nlmsghdr; host byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetlinkHeader
{
    public const int Size = 16;

    public uint Length;
    public ushort Type;
    public ushort Flags;
    public uint Sequence;
    public uint Port;
}
