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

    /// <summary>Unrecorded UDP flows, and clients, of a slot in transition are the current owner's.</summary>
    UdpCurrent = 1 << 4,

    /// <summary>Slots go by the client's address (<see cref="Vip.ClientMask"/>), not by the whole flow.</summary>
    ByClient = 1 << 5,

    /// <summary>With <see cref="ByClient"/>: and by the protocol.</summary>
    ByProtocol = 1 << 6,

    /// <summary>With <see cref="ByClient"/>: later fragments need no record of their first.</summary>
    AnyFragment = 1 << 7,

    /// <summary>Pings are dropped.</summary>
    NoEcho = 1 << 8,

    /// <summary>Slots went by something else: the slot of an unrecorded flow is found by <see cref="OldByClient"/>, <see cref="OldByProtocol"/> and <see cref="Vip.OldMask"/>.</summary>
    Rekeyed = 1 << 9,

    /// <summary>With <see cref="Rekeyed"/>: slots went by the client.</summary>
    OldByClient = 1 << 10,

    /// <summary>With <see cref="OldByClient"/>: and by the protocol.</summary>
    OldByProtocol = 1 << 11,

    /// <summary>UDP goes by the server that its QUIC connection ID names, if there is one.</summary>
    Quic = 1 << 13,

    /// <summary>Hosts of its targets put the NIC's own address in its place. Programs don't look at it.</summary>
    Translated = 1 << 15,
}
