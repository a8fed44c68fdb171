using System.Collections.Frozen;
using Lodestone.Datapath.Layout;

namespace Lodestone.Datapath.Trace;

/// <summary>What every verdict means, and what to do about it.</summary>
public static class VerdictGuide
{
    private const string IsTheTargetWell = "Nothing. If no answer comes, look at the target: does it own the VIP's address, listen on the port, and answer from the VIP?";
    private const string FixTheSender = "Look at who sends it: no working sender makes such packets, a broken device or an attack may.";

    private static readonly FrozenDictionary<Verdict, VerdictText> Texts = Build().ToFrozenDictionary(text => text.Verdict);

    /// <summary>All verdicts, in the order of their numbers.</summary>
    public static IReadOnlyList<VerdictText> All { get; } = [.. Texts.Values.OrderBy(text => text.Verdict)];

    /// <summary>A verdict in words; also of a number that this release does not know.</summary>
    public static VerdictText Of(Verdict verdict) => Texts.TryGetValue(verdict, out VerdictText? text)
        ? text
        : new VerdictText(verdict, $"{(uint)verdict}", "A verdict that this release of lodestone does not know.", "Use the release that the agent of this machine has.");

    /// <summary>What kind of end a verdict is.</summary>
    public static VerdictKind KindOf(Verdict verdict) => verdict switch
    {
        >= Verdict.DropTruncated => VerdictKind.Dropped,
        >= Verdict.PassNotAVip => VerdictKind.LeftToKernel,
        // Told or not, the packet went no further.
        Verdict.TooBigReply => VerdictKind.Dropped,
        Verdict.ArpReply or Verdict.NdReply or Verdict.EchoReply => VerdictKind.Answered,
        _ => VerdictKind.Forwarded,
    };

    private static IEnumerable<VerdictText> Build()
    {
        Dictionary<long, string> names = Mirrors.Enums.Single(mirror => mirror.CName == "verdict").Values.ToDictionary(value => value.Value, value => value.Key);
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
        {
            if (Describe(verdict) is { } text)
            {
                yield return new VerdictText(verdict, names[(long)verdict], text.Meaning, text.Remedy);
            }
        }
    }

    /// <summary>Null for <see cref="Verdict.None"/>, which is never counted, and for a verdict that somebody forgot here: a test tells.</summary>
    private static (string Meaning, string Remedy)? Describe(Verdict verdict) => verdict switch
    {
        Verdict.Forward => ("To a target of the VIP: encapsulated and sent to the target's machine.", IsTheTargetWell),
        Verdict.DeliverLocal => ("Handed to the target's device on this machine.", IsTheTargetWell),
        Verdict.DecapLocal => ("Came encapsulated from a gateway; the outer header was removed and the packet handed to the NIC's device.", IsTheTargetWell),
        Verdict.OwnStack => ("This machine is the target itself, as a node is of a Kubernetes Service: left to its own network stack, with the VIP as destination.", "Where no answer comes: see whether kube-proxy, or what stands for it, knows the address (status.loadBalancer of the Service)."),
        Verdict.ArpReply => ("An ARP request for a VIP that this machine announces, or of a workload for its gateway, was answered.", "Nothing."),
        Verdict.NdReply => ("A neighbour solicitation for a VIP that this machine announces, or of a workload for its gateway, was answered.", "Nothing."),
        Verdict.EchoReply => ("A ping to a VIP that this machine announces was answered here; the targets have not seen it.", "Nothing."),
        Verdict.NicDsr => ("A target's answer from a public VIP, sent out of the uplink straight to the client.", "Nothing."),
        Verdict.RouteForward => ("A workload's packet to a NIC of its network on another machine: encapsulated in IPv6 and sent there.", "Nothing."),
        Verdict.RouteLocal => ("A workload's packet to another NIC of its network on this machine: handed to its device.", "Nothing."),
        Verdict.TooBigReply => (
            "Larger than the way to the target takes, outer header included; the sender was told what fits.",
            "Nothing: path MTU discovery is at work. If it never ends, somebody between here and the sender drops ICMP errors."),
        Verdict.Translated => (
            "Its destination, a VIP, became the address of the NIC that it was handed to: counted beside the verdict of that delivery.",
            "Nothing. If no answer comes, look at the target: does it listen on the port at its own address?"),
        Verdict.Probe => ("A health check that this machine's agent sent, handed to the NIC's device as a client's packet would be.", "Nothing."),
        Verdict.ProbeReply => ("A target's answer to a health check, handed to this machine's agent.", "Nothing."),
        Verdict.MtuLearnt => (
            "A router told what fits of the packets that this machine encapsulates to a target: heeded for ten minutes, and left to the kernel too.",
            "Nothing: senders of larger packets are told. To have it gone, raise the MTU of the underlay's links to that of the uplink."),
        Verdict.DropTranslation => (
            "For a NIC that has its own address put in the place of the VIP, and neither TCP, UDP, SCTP nor an ICMP error about what it sent, or cut short.",
            FixTheSender),
        Verdict.PassNotAVip => (
            "To an address that is no public VIP of this machine: left to the kernel.",
            "If it should be one: 'kubectl get lb -A -o wide' tells which load balancer has the address and what it waits for; is this machine a gateway, and does its agent run?"),
        Verdict.PassNotIp => ("Neither IPv4, IPv6 nor an ARP request: left to the kernel.", "Nothing."),
        Verdict.PassNoDelivery => ("Not one of ours, seen at the uplink's tc program: left to the kernel.", "Nothing."),
        Verdict.PassNicOwnAddress => ("A workload sent from one of its own addresses: left to the routing of the host.", "Nothing. If it gets no further, look at the host's routes and IP forwarding."),
        Verdict.PassOtherVlan => (
            "Of a VLAN that the uplink does not serve, or untagged where it serves one: left to the kernel.",
            "If it should be served: the agent's --uplink is the VLAN's device, or --uplink-vlan names the VLAN. On a switch port, look at its native VLAN."),
        Verdict.DropTruncated => ("A header ends behind the end of the packet.", FixTheSender),
        Verdict.DropBadHeader => ("A version or length contradicts the packet.", FixTheSender),
        Verdict.DropFragment => (
            "A fragment to a VIP whose first one, with the ports, was not seen here before it or is too long ago; or a ping in fragments.",
            "Nothing for a few: fragments that overtake their first one are lost. For many, make packets small enough not to be fragmented: path MTU discovery at the sender, MSS clamping on tunnels, smaller datagrams."),
        Verdict.DropIpOptions => ("A ping with IPv4 options to a VIP.", "Ping without options; what TCP, UDP and SCTP send with options is forwarded."),
        Verdict.DropExtensionHeader => (
            "An IPv6 packet to a VIP with an extension header that is not walked, such as AH or routing type 0, or with too many.",
            "Have the sender leave it out. Hop-by-hop, destination and finished routing headers are walked, at most eight and 256 bytes."),
        Verdict.DropProtocol => (
            "To a VIP, but neither TCP, UDP, SCTP nor an echo request.",
            "VIPs carry TCP, UDP and SCTP, and ICMP errors about these."),
        Verdict.DropPortNotAllowed => (
            "To a VIP on a port that its load balancer does not list for this protocol.",
            "Add the port to spec.ports of the load balancer ('kubectl edit lb NAME'), or correct the client. A port without protocol is TCP."),
        Verdict.DropNoReal => (
            "The VIP has no target.",
            "'kubectl describe lb NAME', condition TargetsReady: label NetworkInterfaces of the load balancer's network so that networkInterfaceSelector picks them."),
        Verdict.DropRealDead => (
            "The target has no way: the next hop towards its machine is not resolved, its device does not exist, or it is gone.",
            "Is the target's machine up ('kubectl get hosts') and does it answer at its underlay address ('ip neigh')? On its own machine: does the device of spec.providerID exist?"),
        Verdict.DropTooBig => (
            "Larger than the way to the target takes, outer header included.",
            "Lower the MSS or MTU towards clients, or, for a target on another machine, raise the underlay's MTU above the clients' by the outer headers: 40 bytes in IPv6, 20 in IPv4, 28 and 48 in GUE, 36 and 56 in Geneve."),
        Verdict.DropEncapFailed => (
            "The uplink's driver left no room in front of the packet for the outer header.",
            "'lodestone doctor' tells how XDP is attached; use a driver that leaves XDP its headroom, and report the driver."),
        Verdict.DropDeliveryFailed => (
            "The uplink's driver left no room in front of the packet for what tc has to be told.",
            "'lodestone doctor' tells how XDP is attached; use a driver that supports XDP metadata, and report the driver."),
        Verdict.DropUnderlayUnknown => (
            "Encapsulated to an address of this machine's underlay prefix that no NIC has.",
            "Right after a NIC has gone, nothing. Else a gateway has old tables: does its agent run, and reach the API server?"),
        Verdict.DropUnderlaySource => (
            "Encapsulated to a NIC of this machine, from an address that no Host has.",
            "'kubectl get hosts' tells the addresses that may. For routers or balancers that are no Hosts, run the agent with --underlay-sources any; else look at who sends it."),
        Verdict.DropGeneveHeader => (
            "To a NIC of this machine in Geneve of another version, with an option that must be understood, or with a UDP checksum, which gateways never send.",
            "Look at the machine of the outer source address: it sends what gateways don't."),
        Verdict.DropInnerBad => ("What was inside an encapsulated packet is not IPv4 or IPv6, or is cut off.", "Look at the machine of the outer source address: it sends what gateways don't."),
        Verdict.DropNicSpoofed => (
            "A workload sent from an address that is neither its NIC's nor a VIP that the NIC serves.",
            "Give the NetworkInterface the address (spec.ips), or have the workload use its own. A VIP counts only while the NIC is a target."),
        Verdict.DropNotAnnounced => (
            "ARP, NDP or a ping for a VIP that another machine announces.",
            "Nothing: the other gateway answers. If none does, 'kubectl get hosts' tells which gateways are ready."),
        Verdict.DropIcmpQuote => ("An ICMP error to a VIP whose quote names no flow: cut short, broken, or of a later fragment.", "Nothing for a few; routers quote at least the ports (RFC 792)."),
        Verdict.DropIcmpForeign => ("An ICMP error to a VIP about a packet that the VIP did not send.", "Nothing: forged, or of somebody who uses the VIP as source."),
        Verdict.DropIcmpEcho => ("An ICMP error to a VIP about a ping: gateways answer pings, so no target sent it.", "Nothing: it is about an answer of this machine's own."),
        Verdict.DropIcmpType => ("An ICMP source quench (RFC 6633) or redirect to a VIP.", "Nothing: nobody should send these to a server's address."),
        Verdict.DropTooBigLimit => (
            "Larger than the way to the target takes, and the sender was not told: such answers are limited to 1000 a second and processor.",
            "See DROP_TOO_BIG. Many senders, or one that does not listen, send packets that do not fit."),
        Verdict.DropNicNoRoute => (
            "A target's answer from an Internal VIP to an address that neither its network nor a peered one has, or to a health check that this machine does not make.",
            "Does the client's NetworkInterface still exist ('kubectl get nic -A')? Clients of another network need a peering that is Ready in both, and whose prefixes have their address."),
        Verdict.DropNicForeign => (
            "A workload's packet to an address that its own network doesn't have and another one does.",
            "Networks are apart unless they are peered: name each in spec.peerings of the other ('kubectl describe network', condition PeeringsReady)."),
        Verdict.DropNicArpSpoofed => (
            "A workload sent ARP, as a question or an answer, from an address that is neither its NIC's nor a VIP that the NIC serves.",
            "Give the NetworkInterface the address (spec.ips), or take it from the workload's device."),
        Verdict.DropNicNdSpoofed => (
            "A workload advertised or solicited from an IPv6 address that isn't its NIC's, sent a router advertisement or redirect, or hid neighbour discovery behind extension headers.",
            "Give the NetworkInterface the address (spec.ips), or take it from the workload's device; switch off routing daemons in the workload."),
        Verdict.DropNicMacSpoofed => (
            "A workload sent from another MAC address than its NetworkInterface says.",
            "Correct attribute macAddress of the NetworkInterface (spec.attributes), or the MAC address in the workload; without the attribute any is let through."),
        Verdict.DropEchoOff => (
            "A ping to a VIP whose LoadBalancerPolicy has pings dropped.",
            "If it should answer: 'kubectl get lbp -A' tells the policy of the load balancer; set its spec.echo to Answer."),
        Verdict.DropNicTagged => (
            "A workload sent a frame with a VLAN tag; its answers would come out in a VLAN of its choice.",
            "Have the workload send untagged frames: its NetworkInterface says which network it is in."),
        Verdict.DropSplitHeader => (
            "A frame of several buffers whose first one ends within a header.",
            "Turn the card's header split off ('ethtool -G DEVICE tcp-data-split off'), or give its first buffer 512 bytes."),
        _ => null,
    };
}
