using System.Runtime.InteropServices;

namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>struct delivery</c>: handed from XDP to tc in front of the packet.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Delivery
{
    /// <summary>C's <c>DELIVERY_MAGIC</c>, "LODE": to the far end of a veth.</summary>
    public const uint ExpectedMagic = 0x4c4f4445;

    /// <summary>C's <c>DELIVERY_TRANSLATED</c>: the same, to a NIC with <see cref="NicFlags.Translates"/>.</summary>
    public const uint TranslatedMagic = 0x4c4f4446;

    /// <summary>C's <c>DELIVERY_TRANSLATED_OUT</c>: likewise, out of a device that is no veth.</summary>
    public const uint TranslatedOutMagic = 0x4c4f4447;

    /// <summary>One of the above.</summary>
    public uint Magic;

    /// <summary>The NIC's device, host's side.</summary>
    public uint Ifindex;
}
