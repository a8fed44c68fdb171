namespace Lodestone.Api.Platform;

/// <summary>How QUIC packets find the server that chose their connection ID (draft-ietf-quic-load-balancers, plaintext).</summary>
public sealed class QuicRouting
{
    /// <summary>Bytes of a server ID where <see cref="ServerIDLength"/> is not given: an IPv4 address.</summary>
    public const int DefaultServerIDLength = 4;

    /// <summary>The configuration that servers put into the top three bits of the ID's first octet, 0 to 6; absent: 0.</summary>
    public int? ConfigID { get; set; }
    /// <summary>Bytes of the server ID, which follows that octet, 1 to 8; absent: <see cref="DefaultServerIDLength"/>.</summary>
    public int? ServerIDLength { get; set; }
    /// <summary>UDP ports that speak QUIC; absent or empty: all of the load balancer's.</summary>
    public List<int>? Ports { get; set; }
}
