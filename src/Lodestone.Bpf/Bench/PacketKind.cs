namespace Lodestone.Bpf.Bench;

/// <summary>What kind of packet is measured.</summary>
public enum PacketKind
{
    /// <summary>TCP with ACK.</summary>
    TcpEstablished,

    /// <summary>TCP with SYN alone.</summary>
    TcpSyn,

    /// <summary>UDP.</summary>
    Udp,

    /// <summary>An ICMP or ICMPv6 error that quotes a TCP packet of a target.</summary>
    IcmpError,

    /// <summary>The first fragment of a UDP packet: it is recorded.</summary>
    FragmentFirst,

    /// <summary>A later fragment, whose first has been here.</summary>
    FragmentLater,

    /// <summary>TCP to an address that is no VIP: left to the kernel.</summary>
    NoVip,

    /// <summary>TCP to a port that the VIP does not list: dropped.</summary>
    PortNotAllowed,
}
