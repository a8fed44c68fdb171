using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>Who speaks with a router, and how.</summary>
public sealed class BGPPeerSpec
{
    /// <summary>TCP port of BGP.</summary>
    public const int DefaultPort = 179;

    /// <summary>RFC 4271, section 10.</summary>
    public const int DefaultHoldTimeSeconds = 90;

    /// <summary>How soon a session that could not be made is tried again.</summary>
    public const int DefaultConnectRetrySeconds = 5;

    /// <summary>How long the router keeps routes of a speaker that is gone without having said so.</summary>
    public const int DefaultGracefulRestartSeconds = 120;

    /// <summary>Selects Hosts by their labels; absent: all with role Gateway.</summary>
    public LabelSelector? HostSelector { get; set; }
    /// <summary>Names of Hosts; absent: all that <see cref="HostSelector"/> selects.</summary>
    public List<string>? Hosts { get; set; }
    /// <summary>The router's address. Absent with <see cref="Interface"/>.</summary>
    public string? PeerAddress { get; set; }
    /// <summary>The gateway's device at whose other end the router is, found by its router advertisements (unnumbered). Absent with <see cref="PeerAddress"/>.</summary>
    public string? Interface { get; set; }
    /// <summary>The router's autonomous system.</summary>
    public long? PeerASN { get; set; }
    /// <summary>The gateways' autonomous system; the same as the router's makes the session internal (iBGP).</summary>
    public long? LocalASN { get; set; }
    /// <summary>The router's TCP port; absent: <see cref="DefaultPort"/>.</summary>
    public int? Port { get; set; }
    /// <summary>Which key of Secret <see cref="BGPPasswords.SecretName"/> holds the password (TCP MD5, RFC 2385); absent: none.</summary>
    public string? PasswordKey { get; set; }
    /// <summary>After so much silence the session is over; absent: <see cref="DefaultHoldTimeSeconds"/>.</summary>
    public int? HoldTimeSeconds { get; set; }
    /// <summary>How often to say that we are there; absent: a third of the hold time.</summary>
    public int? KeepaliveSeconds { get; set; }
    /// <summary>How soon to try again; absent: <see cref="DefaultConnectRetrySeconds"/>.</summary>
    public int? ConnectRetrySeconds { get; set; }
    /// <summary>TTL of packets to a router that is not on the link; absent: it is.</summary>
    public int? EbgpMultihop { get; set; }
    /// <summary>How many hops away the router may be, by the TTL of what it sends (GTSM, RFC 5082); absent: not looked at.</summary>
    public int? TtlSecurityHops { get; set; }
    /// <summary>Fast detection of a dead path (BFD, RFC 5880); absent: by the hold time.</summary>
    public BFDSettings? Bfd { get; set; }
    /// <summary>Communities of every route (RFC 1997), as in <c>65001:100</c>.</summary>
    public List<string>? Communities { get; set; }
    /// <summary>Large communities of every route (RFC 8092), as in <c>65001:1:2</c>.</summary>
    public List<string>? LargeCommunities { get; set; }
    /// <summary>MULTI_EXIT_DISC of every route; absent: none.</summary>
    public long? Med { get; set; }
    /// <summary>LOCAL_PREF of every route, on internal sessions only; absent: 100.</summary>
    public long? LocalPreference { get; set; }
    /// <summary>Which routes are announced: <c>IPv4</c>, <c>IPv6</c>; absent: both.</summary>
    public List<string>? AddressFamilies { get; set; }
    /// <summary>How long the router is asked to keep routes of a speaker that is gone without having said so (RFC 4724); 0: not at all; absent: <see cref="DefaultGracefulRestartSeconds"/>.</summary>
    public int? GracefulRestartSeconds { get; set; }

    /// <summary>Whether a host is to speak with the router.</summary>
    public bool Selects(Host host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return host.Spec.Roles?.Contains("Gateway", StringComparer.Ordinal) == true
            && (Hosts is not { Count: > 0 } names || names.Contains(host.Metadata.Name ?? "", StringComparer.Ordinal))
            && HostSelector?.Matches(host.Metadata.Labels) != false;
    }
}
