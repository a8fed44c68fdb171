namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum real_kind</c>: how a packet gets to a real.</summary>
public enum RealKind : ushort
{
    /// <summary>Unused or dead: packets for it are dropped, flows recorded for it are forgotten.</summary>
    None = 0,

    /// <summary>To another machine, directly in IPv6 (RFC 2473).</summary>
    Encap = 1,

    /// <summary>A veth of this machine: from tc at the uplink, by bpf_redirect_peer.</summary>
    Peer = 2,

    /// <summary>Any other device of this machine: redirected from XDP.</summary>
    Device = 3,

    /// <summary>To another machine, directly in IPv4 (RFC 2003; IPv6 inside: RFC 4213).</summary>
    Ipip = 4,

    /// <summary>To another machine, in UDP over IPv4: GUE variant 1 (draft-ietf-intarea-gue).</summary>
    GueIPv4 = 5,

    /// <summary>The same over IPv6.</summary>
    GueIPv6 = 6,

    /// <summary>To a NIC of another machine, by its number: Geneve over IPv4 (RFC 8926).</summary>
    GeneveIPv4 = 7,

    /// <summary>The same over IPv6.</summary>
    GeneveIPv6 = 8,

    /// <summary>This machine itself: left to its own network stack, with the VIP as destination.</summary>
    Stack = 9,
}
