using System.Net;

using Lodestone.Bpf;
using Lodestone.Linux.Devices;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Lab;

/// <summary>Makes the namespaces, links, addresses and routes of a <see cref="NetworkLab"/>.</summary>
internal sealed class LabBuilder(string prefix, LabOptions options)
{
    private const string Bridge = "br0";
    private const int LoopbackIndex = 1;

    private static readonly IPAddress ClientIpv4 = IPAddress.Parse("192.0.2.10");
    private static readonly IPAddress ClientIpv6 = IPAddress.Parse("2001:db8:0:2::10");
    private static readonly IPNetwork AllIpv4 = IPNetwork.Parse("0.0.0.0/0");
    private static readonly IPNetwork AllIpv6 = IPNetwork.Parse("::/0");
    private static readonly IPAddress WorkloadGateway4 = IPAddress.Parse("169.254.0.1");
    private static readonly IPAddress WorkloadGateway6 = IPAddress.Parse("fe80::1");

    /// <summary>Creates a namespace in which addresses are usable at once and nothing is configured by itself.</summary>
    public NetworkNamespace CreateNamespace(string name)
    {
        NetworkNamespace created = NetworkNamespace.Create(prefix + name);
        created.Run(() =>
        {
            foreach (string scope in (ReadOnlySpan<string>)["all", "default"])
            {
                SetVariable($"ipv6/conf/{scope}/accept_dad", "0");
                SetVariable($"ipv6/conf/{scope}/accept_ra", "0");

                // What comes in for a VIP and what goes out need not take the same way.
                SetVariable($"ipv4/conf/{scope}/rp_filter", "0");
            }

            SetVariable("ipv6/conf/default/router_solicitations", "0");
            using RtNetlink netlink = RtNetlink.Open();
            netlink.SetLink(LoopbackIndex, new LinkSettings { IsUp = true });
        });
        return created;

        static void SetVariable(string path, string value) => File.WriteAllText("/proc/sys/net/" + path, value);
    }

    /// <summary>Creates the bridge that is the segment.</summary>
    public void BuildSegment(NetworkNamespace segment)
    {
        using RtNetlink netlink = RtNetlink.Open(segment);
        netlink.AddBridge(Bridge, options.SegmentMtu);
        netlink.SetLink(netlink.GetLink(Bridge).Index, new LinkSettings { IsUp = true });
    }

    /// <summary>Creates the client and plugs it into the segment.</summary>
    public LabNode BuildClient(NetworkNamespace segment, NetworkNamespace client)
    {
        LinkInfo link = PlugIn(segment, client, options.ClientName, options.EdgeMtu, ClientIpv4, ClientIpv6);
        FinishChecksumsInSoftware(client, LabNode.Device);

        // VIPs are on the client's link, as they are for a router of the segment: it asks who has them.
        using RtNetlink netlink = RtNetlink.Open(client);
        netlink.AddRoute(new RouteSettings(options.Ipv4Pool, link.Index));
        netlink.AddRoute(new RouteSettings(options.Ipv6Pool, link.Index));
        return DescribeClient(client);
    }

    /// <summary>What there is to know of a client that was built.</summary>
    public LabNode DescribeClient(NetworkNamespace client)
    {
        LinkInfo link = DeviceOf(client);
        return new LabNode { Name = options.ClientName, Namespace = client, DeviceIndex = link.Index, LinkAddress = link.Address, Ipv4 = ClientIpv4, Ipv6 = ClientIpv6 };
    }

    /// <summary>Creates a host and plugs its uplink into the segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="host">The host's namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="number">Tells hosts' addresses apart; 1 and up.</param>
    public LabHost BuildHost(NetworkNamespace segment, NetworkNamespace host, string name, int number)
    {
        LabAddresses addresses = LabAddresses.OfHost(number);
        _ = PlugIn(segment, host, name, options.SegmentMtu, addresses.Ipv4, addresses.Ipv6);
        return DescribeHost(host, name, number);
    }

    /// <summary>What there is to know of a host that was built.</summary>
    public static LabHost DescribeHost(NetworkNamespace host, string name, int number)
    {
        LinkInfo link = DeviceOf(host);
        LabAddresses addresses = LabAddresses.OfHost(number);
        return new LabHost
        {
            Name = name,
            Namespace = host,
            DeviceIndex = link.Index,
            LinkAddress = link.Address,
            Ipv4 = addresses.Ipv4,
            Ipv6 = addresses.Ipv6,
            UnderlayPrefix = IPNetwork.Parse($"2001:db8:0:10{number}::/64"),
        };
    }

    /// <summary>Creates a workload and attaches it to a host.</summary>
    /// <param name="workload">The workload's namespace.</param>
    /// <param name="host">The host.</param>
    /// <param name="name">Its name, also that of the host's end of the cable.</param>
    /// <param name="number">Tells workloads' addresses apart; 1 to 254.</param>
    public LabWorkload BuildWorkload(NetworkNamespace workload, LabHost host, string name, int number)
    {
        LabAddresses addresses = LabAddresses.OfWorkload(number);
        using RtNetlink inside = RtNetlink.Open(workload);
        using RtNetlink onHost = RtNetlink.Open(host.Namespace);
        onHost.AddVeth(new VethEnd(name) { Mtu = options.EdgeMtu }, new VethEnd(LabNode.Device, workload) { Mtu = options.EdgeMtu });
        FinishChecksumsInSoftware(workload, LabNode.Device);

        int hostIndex = onHost.GetLink(name).Index;
        LinkInfo link = inside.GetLink(LabNode.Device);
        onHost.SetLink(hostIndex, new LinkSettings { IsUp = true });
        inside.SetLink(link.Index, new LinkSettings { IsUp = true });
        inside.AddAddress(link.Index, addresses.Ipv4, 32);
        inside.AddAddress(link.Index, addresses.Ipv6, 128);

        // The gateway exists only in the host's data path, which answers ARP and neighbour solicitations for it.
        inside.AddRoute(new RouteSettings(AllIpv4, link.Index) { Gateway = WorkloadGateway4, IsOnLink = true, PreferredSource = addresses.Ipv4 });
        inside.AddRoute(new RouteSettings(AllIpv6, link.Index) { Gateway = WorkloadGateway6, IsOnLink = true, PreferredSource = addresses.Ipv6 });
        onHost.AddRoute(new RouteSettings(new IPNetwork(addresses.Ipv4, 32), hostIndex));
        onHost.AddRoute(new RouteSettings(new IPNetwork(addresses.Ipv6, 128), hostIndex));
        return DescribeWorkload(workload, host, name, number);
    }

    /// <summary>What there is to know of a workload that was built.</summary>
    public static LabWorkload DescribeWorkload(NetworkNamespace workload, LabHost host, string name, int number)
    {
        LinkInfo link = DeviceOf(workload);
        LabAddresses addresses = LabAddresses.OfWorkload(number);
        return new LabWorkload
        {
            Name = name,
            Namespace = workload,
            DeviceIndex = link.Index,
            LinkAddress = link.Address,
            Ipv4 = addresses.Ipv4,
            Ipv6 = addresses.Ipv6,
            Host = host,
        };
    }

    private static LinkInfo DeviceOf(NetworkNamespace node)
    {
        using RtNetlink netlink = RtNetlink.Open(node);
        return netlink.GetLink(LabNode.Device);
    }

    private LinkInfo PlugIn(NetworkNamespace segment, NetworkNamespace node, string port, int mtu, IPAddress ipv4, IPAddress ipv6)
    {
        using RtNetlink inside = RtNetlink.Open(node);
        using RtNetlink bridge = RtNetlink.Open(segment);
        bridge.AddVeth(new VethEnd(port) { Mtu = options.SegmentMtu }, new VethEnd(LabNode.Device, node) { Mtu = mtu });

        // The lab, and only the lab, sets offloads and helps out with programs: its cables have to behave like wire.
        FinishChecksumsInSoftware(segment, port);

        int portIndex = bridge.GetLink(port).Index;
        bridge.SetLink(portIndex, new LinkSettings { MasterIndex = bridge.GetLink(Bridge).Index, IsUp = true });
        if (!options.FloodsUnknownFrames)
        {
            bridge.SetLink(portIndex, new LinkSettings { FloodsUnknownFrames = false });
        }

        // A veth takes frames that XDP sends back (XDP_TX) only when its far end, this port, has an XDP program too.
        if (options.TakesXdpFrames)
        {
            segment.Run(() => XdpPass.Attach(portIndex));
        }

        LinkInfo link = inside.GetLink(LabNode.Device);
        inside.SetLink(link.Index, new LinkSettings { IsUp = true });
        inside.AddAddress(link.Index, ipv4, 24);
        inside.AddAddress(link.Index, ipv6, 64);
        return link;
    }

    // Between veths, packets travel with unfinished checksums and larger than the MTU, which no wire carries and which XDP would pass
    // on broken: an encapsulated packet has lost the note that somebody still has to finish it. A real NIC finishes in hardware.
    private void FinishChecksumsInSoftware(NetworkNamespace node, string device)
    {
        if (options.BehavesLikeWire)
        {
            Ethtool.SetFeatures(device, new Dictionary<string, bool> { ["tx-checksum-ip-generic"] = false, ["tx-checksum-sctp"] = false }, node);
        }
    }
}
