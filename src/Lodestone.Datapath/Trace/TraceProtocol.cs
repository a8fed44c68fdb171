namespace Lodestone.Datapath.Trace;

/// <summary>What a packet to be traced carries.</summary>
public enum TraceProtocol
{
    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,

    /// <summary>SCTP.</summary>
    Sctp,

    /// <summary>An echo request of ICMP or, over IPv6, of ICMPv6.</summary>
    Icmp,
}
