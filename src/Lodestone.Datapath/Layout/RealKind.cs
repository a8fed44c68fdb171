namespace Lodestone.Datapath.Layout;

/// <summary>C's <c>enum real_kind</c>: how a packet gets to a real.</summary>
public enum RealKind : ushort
{
    /// <summary>Unused or dead: packets for it are dropped, flows recorded for it are forgotten.</summary>
    None = 0,

    /// <summary>To another machine inside IPv6 (RFC 2473).</summary>
    Encap = 1,

    /// <summary>A veth of this machine: from tc at the uplink, by bpf_redirect_peer.</summary>
    Peer = 2,

    /// <summary>Any other device of this machine: redirected from XDP.</summary>
    Device = 3,
}
