using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct delivery</c>: handed from XDP to tc in front of the packet.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Delivery
{
    /// <summary>C's <c>DELIVERY_MAGIC</c>, "LODE".</summary>
    public const uint ExpectedMagic = 0x4c4f4445;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public uint Magic;

    /// <summary>The NIC's device, host's side.</summary>
    public uint Ifindex;
}
