using Lodestone.Api.Meta;
using Lodestone.Api.Schemas;

namespace Lodestone.Api.Platform;

/// <summary>The schema of <see cref="BGPPeer"/>.</summary>
internal static class BGPPeerSchema
{
    private const string Package = "dev.lodestone.v1alpha1.";

    private static readonly Schema Bfd = new()
    {
        Name = Package + "BFDSettings",
        Type = SchemaType.Object,
        Description = "Bidirectional forwarding detection (RFC 5880). With all fields at their defaults: bfd: {}.",
        Properties =
        [
            new("transmitIntervalMilliseconds", Schema.Int32, "Least time between packets to the router, 10 to 60000; 300 where it is not given. The router may ask for more."),
            new("receiveIntervalMilliseconds", Schema.Int32, "Least time between packets that the router is asked for, 10 to 60000; 300 where it is not given."),
            new("detectMultiplier", Schema.Int32, "After how many lost packets in a row the path counts as dead, 2 to 255; 3 where it is not given."),
        ],
    };

    private static readonly Schema Session = new()
    {
        Name = Package + "BGPSession",
        Type = SchemaType.Object,
        Description = "One host's session with the router.",
        Required = ["host", "state"],
        Properties =
        [
            new("host", Schema.String, "Name of the Host."),
            new("state", Schema.OneOf(BGPSessionStates.Connecting, BGPSessionStates.Established, BGPSessionStates.Failed, BGPSessionStates.Unknown), "Established: the session is up. Connecting: it is being tried. Failed: it can't be tried; the reason says what is missing. Unknown: the host's agent is silent."),
            new("reason", Schema.String, "Why, in one word."),
            new("message", Schema.String, "Why, and what to do."),
            new("lastTransitionTime", Schema.Time, "When the state last changed."),
            new("prefixesAnnounced", Schema.Int32, "Addresses that the router has been told of, of both families."),
            new("bfd", Schema.OneOf("Down", "Up"), "State of the BFD session; absent without bfd."),
            new("observedGeneration", Schema.Int64, "The generation of the BGPPeer that the session was made from."),
        ],
    };

    public static Schema Instance { get; } = MetaSchemas.Kind(
        Package + "BGPPeer",
        "A BGPPeer is a router that gateways announce the addresses of LoadBalancers to, by BGP: each gateway one session, and one route for each address.",
        [
            new("spec", new()
            {
                Name = Package + "BGPPeerSpec",
                Type = SchemaType.Object,
                Description = "Who speaks with the router, and how. A change of what a session is made from makes it anew.",
                Required = ["localASN", "peerASN"],
                Properties =
                [
                    new("hostSelector", MetaSchemas.LabelSelector, "Selects Hosts with role Gateway by their labels; all where it is not given."),
                    new("hosts", Schema.SetOf(Schema.String), "Names of Hosts with role Gateway; all that hostSelector selects where it is not given."),
                    new("peerAddress", Schema.Address, "The router's address, IPv4 or IPv6. Either this or interface."),
                    new("interface", Schema.String, "The gateway's device at whose other end the router is; its link-local address is learnt from its router advertisements (unnumbered). Either this or peerAddress."),
                    new("peerASN", Schema.Int64, "The router's autonomous system, 1 to 4294967294."),
                    new("localASN", Schema.Int64, "The gateways' autonomous system, 1 to 4294967294. The same as peerASN makes an internal session (iBGP). All peers of a host need the same."),
                    new("port", Schema.Int32, "The router's TCP port, 1 to 65535; 179 where it is not given."),
                    new("passwordKey", Schema.String, "The session's password (TCP MD5, RFC 2385) is the value of this key of Secret bgp-passwords in namespace lodestone-system: 1 to 80 printable ASCII characters other than blanks and double quotes. None where it is not given."),
                    new("holdTimeSeconds", Schema.Int32, "After so many seconds of silence the session is over, 3 to 65535; 90 where it is not given. The smaller of both sides' counts."),
                    new("keepaliveSeconds", Schema.Int32, "How often to say that we are there, less than holdTimeSeconds; a third of it where it is not given."),
                    new("connectRetrySeconds", Schema.Int32, "How soon a session that could not be made is tried again, 1 to 65535; 5 where it is not given."),
                    new("ebgpMultihop", Schema.Int32, "TTL of packets to a router of another autonomous system that is not on the link, 2 to 255; it has to be on the link where neither this nor ttlSecurityHops is given."),
                    new("ttlSecurityHops", Schema.Int32, "At most how many hops away the router is, 1 to 254: packets from further away are dropped by their TTL (GTSM, RFC 5082). Both sides have to do it."),
                    new("bfd", Bfd, "Finds a dead path within a second by BFD (RFC 5880). The router has to do it too. Found by the hold time where it is not given."),
                    new("communities", Schema.SetOf(Schema.String), "Communities of every route (RFC 1997), as in 65001:100; at most 32."),
                    new("largeCommunities", Schema.SetOf(Schema.String), "Large communities of every route (RFC 8092), as in 65001:1:2; at most 32."),
                    new("med", Schema.Int64, "MULTI_EXIT_DISC of every route, 0 to 4294967295: of several routes from one autonomous system the lowest is preferred. None where it is not given."),
                    new("localPreference", Schema.Int64, "LOCAL_PREF of every route, 0 to 4294967295, for internal sessions only: the highest is preferred."),
                    new("addressFamilies", Schema.SetOf(Schema.OneOf("IPv4", "IPv6")), "Which addresses are announced; both where it is not given. IPv4 over a session of IPv6 addresses has an IPv6 next hop (RFC 8950)."),
                    new("gracefulRestartSeconds", Schema.Int32, "How long the router is asked to keep routes of a gateway whose BGP is gone without having said so, 0 to 4095 (RFC 4724); 120 where it is not given. The data path serves meanwhile. With 0 they go at once."),
                ],
            }, "Who speaks with the router, and how."),
            new("status", new()
            {
                Name = Package + "BGPPeerStatus",
                Type = SchemaType.Object,
                Description = "What became of the sessions.",
                Properties = [new("sessions", Schema.MapListOf(Session, "host"), "The session of each host; written by its agent.")],
            }, "What became of the sessions."),
        ]);
}
