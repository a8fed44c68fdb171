namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum verdict</c>: what became of a packet and why. Numbers are never reused.</summary>
/// <remarks>1 to 63 forwarded or answered, 64 to 127 left to the kernel, 128 to 255 dropped.</remarks>
public enum Verdict : uint
{
    /// <summary>Processing goes on; never counted.</summary>
    None = 0,

    /// <summary>Encapsulated and sent to another machine.</summary>
    Forward = 1,

    /// <summary>To a device of this machine.</summary>
    DeliverLocal = 2,

    /// <summary>Outer header removed, to a device of this machine.</summary>
    DecapLocal = 3,

    /// <summary>ARP request for a VIP (or, at a NIC, for its gateway) answered.</summary>
    ArpReply = 4,

    /// <summary>Neighbour solicitation answered.</summary>
    NdReply = 5,

    /// <summary>Ping to a VIP answered.</summary>
    EchoReply = 6,

    /// <summary>A NIC's answer from a VIP, sent out of the uplink.</summary>
    NicDsr = 7,

    /// <summary>Larger than the way to the real takes: the sender was told what fits.</summary>
    TooBigReply = 8,

    /// <summary>At a NIC: to a NIC of another machine, encapsulated.</summary>
    RouteForward = 9,

    /// <summary>At a NIC: to another NIC of this machine.</summary>
    RouteLocal = 10,

    /// <summary>Beside the verdict of the delivery: the VIP became the NIC's own address.</summary>
    Translated = 17,

    /// <summary>To a VIP of which this machine is a target itself: left to its network stack.</summary>
    OwnStack = 20,

    /// <summary>A health check of this machine's agent, into a NIC.</summary>
    Probe = 22,

    /// <summary>A NIC's answer to a health check, to this machine's agent.</summary>
    ProbeReply = 21,

    /// <summary>A router says what fits towards a real: heeded, and left to the kernel too.</summary>
    MtuLearnt = 13,

    /// <summary>To an address that is no VIP.</summary>
    PassNotAVip = 64,

    /// <summary>Neither IPv4, IPv6 nor ARP.</summary>
    PassNotIp = 65,

    /// <summary>At the uplink's tc: not one of ours.</summary>
    PassNoDelivery = 66,

    /// <summary>At a NIC: from one of its own addresses, the host routes it.</summary>
    PassNicOwnAddress = 67,

    /// <summary>Of a VLAN that the uplink does not serve.</summary>
    PassOtherVlan = 70,

    /// <summary>A header ends behind the packet.</summary>
    DropTruncated = 128,

    /// <summary>A length or version that contradicts the packet.</summary>
    DropBadHeader = 129,

    /// <summary>A fragment of ICMP, or a later one whose first has not been here.</summary>
    DropFragment = 130,

    /// <summary>A ping with IPv4 options.</summary>
    DropIpOptions = 131,

    /// <summary>An IPv6 extension header that is not walked, too many of them, or a ping behind one.</summary>
    DropExtensionHeader = 132,

    /// <summary>To a VIP, neither TCP, UDP, SCTP nor a ping.</summary>
    DropProtocol = 133,

    /// <summary>To a VIP, on a port that it does not list.</summary>
    DropPortNotAllowed = 134,

    /// <summary>The VIP has no target.</summary>
    DropNoReal = 135,

    /// <summary>The real has no way yet (next hop or device unknown).</summary>
    DropRealDead = 136,

    /// <summary>Larger than the way to the real takes, and not one to tell anybody about.</summary>
    DropTooBig = 137,

    /// <summary>No room for the outer header.</summary>
    DropEncapFailed = 138,

    /// <summary>No room for the metadata that tc needs.</summary>
    DropDeliveryFailed = 139,

    /// <summary>Encapsulated to an address of our prefix that no NIC has.</summary>
    DropUnderlayUnknown = 140,

    /// <summary>What was inside is not IPv4 or IPv6.</summary>
    DropInnerBad = 141,

    /// <summary>At a NIC: a source address that is neither its own nor a VIP it serves.</summary>
    DropNicSpoofed = 142,

    /// <summary>ARP, NDP or ping for a VIP that another machine announces.</summary>
    DropNotAnnounced = 143,

    /// <summary>An ICMP error whose quote names no flow: cut short, broken, a later fragment.</summary>
    DropIcmpQuote = 144,

    /// <summary>An ICMP error about a packet that the VIP did not send.</summary>
    DropIcmpForeign = 145,

    /// <summary>An ICMP error about a ping: this machine answers those, no target sent it.</summary>
    DropIcmpEcho = 146,

    /// <summary>ICMP source quench (RFC 6633) or redirect.</summary>
    DropIcmpType = 147,

    /// <summary>Larger than the way to the real takes, and the sender not told: answers are limited in rate.</summary>
    DropTooBigLimit = 148,

    /// <summary>At a NIC: an Internal VIP's answer to an address that its network doesn't have.</summary>
    DropNicNoRoute = 149,

    /// <summary>At a NIC: to an address that only other networks have.</summary>
    DropNicForeign = 150,

    /// <summary>At a NIC: ARP from an address that is not the NIC's.</summary>
    DropNicArpSpoofed = 151,

    /// <summary>At a NIC: neighbour discovery for an address that is not the NIC's, or a router's.</summary>
    DropNicNdSpoofed = 152,

    /// <summary>At a NIC: from a MAC address that is not the NIC's.</summary>
    DropNicMacSpoofed = 153,

    /// <summary>Encapsulated to a NIC of this machine by a machine that is no Host.</summary>
    DropUnderlaySource = 157,

    /// <summary>To a NIC of this machine in Geneve that is not understood, or with a checksum.</summary>
    DropGeneveHeader = 158,

    /// <summary>A ping to a VIP whose policy has them dropped.</summary>
    DropEchoOff = 167,

    /// <summary>At a NIC: a VLAN tag, which would choose where an answer comes out.</summary>
    DropNicTagged = 174,

    /// <summary>Of several buffers, of which the first ends within a header.</summary>
    DropSplitHeader = 175,

    /// <summary>At the uplink's tc: the VIP was to become the NIC's address, and the packet can't be read.</summary>
    DropTranslation = 184,
}
