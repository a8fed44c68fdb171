namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum vip_flags</c>.</summary>
[Flags]
public enum VipFlags : uint
{
    /// <summary>The slot is empty; a probe ends here.</summary>
    None = 0,

    /// <summary>The slot holds a VIP.</summary>
    Used = 1 << 0,

    /// <summary>This machine answers ARP, NDP and ping for it.</summary>
    Announce = 1 << 1,

    /// <summary>Every port of TCP, UDP and SCTP; ranges are not looked at.</summary>
    AllPorts = 1 << 2,

    /// <summary>More ranges than fit inline: <see cref="Vip.PortBitmapBase"/> is valid.</summary>
    PortBitmap = 1 << 3,

    /// <summary>Unrecorded UDP flows of a slot in transition go to the current owner.</summary>
    UdpCurrent = 1 << 4,
}
