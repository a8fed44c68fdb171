using System.Globalization;

using Lodestone.Bpf;
using Lodestone.Linux.Devices;
using Lodestone.Linux.Kernel;
using Lodestone.Linux.Netlink;

namespace Lodestone.Cli.Doctor;

/// <summary>Whether the device that faces the network suits the data path.</summary>
internal static class UplinkChecks
{
    private const string Area = "uplink";

    // An outer IPv6 header (RFC 8200) is what encapsulation adds; Geneve over IPv4 adds less.
    private const int OuterHeaderBytes = 40;
    private const int UsualMtu = 1500;
    private const int LinearMtuBytes = 3498;

    private static readonly KernelRelease FirstWithFrags = new(5, 18);
    private static readonly KernelRelease FirstWithoutXdp = new(6, 6);

    // Drivers with ndo_bpf as of Linux 6.18. With others XDP runs after the socket buffer was made.
    private static readonly HashSet<string> NativeDrivers =
    [
        "veth", "tun", "virtio_net", "vmxnet3", "hv_netvsc", "xen_netfront", "ena", "gve", "mana", "bnxt_en", "i40e", "iavf", "ice", "idpf", "igb", "igbvf", "igc",
        "ixgbe", "ixgbevf", "mlx4_en", "mlx5_core", "sfc", "nfp", "qede", "thunder-nicvf", "mvneta", "mvpp2", "stmmac", "cpsw", "fsl_dpaa2_eth", "fec", "netvsc", "bonding",
    ];

    /// <summary>Looks.</summary>
    /// <param name="device">The uplink; null for the one with the default route.</param>
    public static IEnumerable<Finding> Check(string? device)
    {
        if (device is null && (device = DefaultRoute.Device()) is null)
        {
            yield return new Finding(Area, "device", FindingLevel.Warning, "there is no default route to tell which device is the uplink", "name it: --uplink DEVICE");
            yield break;
        }

        string directory = $"/sys/class/net/{device}";
        if (!Directory.Exists(directory))
        {
            yield return new Finding(Area, device, FindingLevel.Broken, "there is no such device", "'ip link' lists what there is");
            yield break;
        }

        yield return Finding.When(
            File.ReadAllText($"{directory}/operstate").Trim() is "up" or "unknown",
            Area, device, "is up", FindingLevel.Broken, "is down", $"ip link set {device} up");
        using RtNetlink netlink = RtNetlink.Open();
        LinkInfo link = netlink.GetLink(device);
        LinkInfo attach = link.VlanId != 0 ? netlink.GetLink(link.PeerIndex) : link;
        int mtu = int.Parse(File.ReadAllText($"{directory}/mtu"), CultureInfo.InvariantCulture);
        foreach (Finding finding in Stack(netlink, link, attach).Concat(Xdp(attach, $"/sys/class/net/{attach.Name}")))
        {
            yield return finding;
        }

        yield return Buffers(attach.Name, mtu);
        yield return Queues(attach.Name);
        yield return Mtu(device, mtu);
        yield return UnderlayAddress(device);
        yield return Offloads($"/sys/class/net/{attach.Name}", attach.Name);
        if (link.VlanId != 0 && Ethtool.GetFeatures(attach.Name).IsOn("rx-vlan-hw-parse"))
        {
            yield return new Finding(
                Area,
                "VLAN",
                FindingLevel.Warning,
                $"{attach.Name} takes VLAN tags off in hardware (rx-vlan-hw-parse); XDP then sees frames without, which count as untagged",
                $"ethtool -K {attach.Name} rxvlan off");
        }
    }

    /// <summary>What the device is part of, and which one to use instead.</summary>
    private static IEnumerable<Finding> Stack(RtNetlink netlink, LinkInfo link, LinkInfo attach)
    {
        if (link.VlanId != 0)
        {
            yield return new Finding(Area, "parent", FindingLevel.Ok, $"VLAN {link.VlanId} on {attach.Name}: programs are attached there and serve that VLAN's frames");
        }

        if (attach.MasterIndex != 0)
        {
            LinkInfo master = netlink.GetLink(attach.MasterIndex);
            yield return master.Kind switch
            {
                "bridge" => new Finding(
                    Area, "parent", FindingLevel.Ok, $"a port of bridge {master.Name}: XDP sees frames before the bridge does; what it passes on goes to the bridge"),
                "bond" or "team" => new Finding(
                    Area, "parent", FindingLevel.Broken, $"a port of {master.Kind} {master.Name}, which hands out its frames over all ports", $"--uplink {master.Name}"),
                _ => new Finding(Area, "parent", FindingLevel.Warning, $"belongs to {master.Kind ?? "device"} {master.Name}; routes of {master.Name} do not count for what XDP sends", "take it out, or name another uplink"),
            };
        }

        if (attach.Kind == "bridge")
        {
            yield return new Finding(
                Area, "parent", FindingLevel.Warning, "a bridge: it has no driver, XDP runs in the stack (generic)", "name the port towards the network as uplink, and give it the underlay address");
        }
        else if (attach.Kind is "macvlan" or "ipvlan" or "macvtap")
        {
            yield return new Finding(
                Area, "parent", FindingLevel.Warning, $"a {attach.Kind} device: XDP runs in the stack (generic)", $"name the device under it ({NameOf(netlink, attach.PeerIndex)}) as uplink");
        }
        else if (attach.Kind == "bond")
        {
            yield return new Finding(
                Area,
                "parent",
                FindingLevel.Ok,
                "a bond: XDP runs in the drivers of its ports where the mode is balance-rr, active-backup, balance-xor or 802.3ad, and every port's driver has XDP");
        }
    }

    private static string NameOf(RtNetlink netlink, int index)
    {
        try
        {
            return netlink.GetLink(index).Name;
        }
        catch (NetlinkException)
        {
            return "in another namespace";
        }
    }

    private static IEnumerable<Finding> Xdp(LinkInfo link, string directory)
    {
        XdpState state = XdpState.Of(link.Index);
        if (state.Mode != Bpf.XdpMode.None)
        {
            string name = state.ProgramName is { } known ? $"'{known}' " : "";
            bool ours = state.ProgramName?.StartsWith("lodestone_", StringComparison.Ordinal) != false;
            string running = $"program {name}(id {state.ProgramId}) runs there, {state.Mode.ToString().ToLowerInvariant()}";
            yield return !ours
                ? new Finding(Area, "XDP program", FindingLevel.Broken, $"{running}; it is not Lodestone's, and an agent refuses to replace it", RemedyFor(link, state))
                : Finding.When(
                    state.Mode == Bpf.XdpMode.Native,
                    Area,
                    "XDP program",
                    running,
                    FindingLevel.Warning,
                    $"{running}, at a third of the speed",
                    "the agent's log says why the driver did not take it, unless --xdp-mode generic asked for it");
        }

        string? driver = DriverOf(directory, link);
        yield return Finding.When(
            driver is not null && NativeDrivers.Contains(driver),
            Area,
            "XDP",
            $"driver {driver} runs XDP programs itself (native)",
            FindingLevel.Warning,
            $"driver {driver ?? "unknown"} is not known to run XDP programs itself; packets are served in the stack, at a third of the speed",
            "use a network card whose driver has native XDP");
    }

    private static string RemedyFor(LinkInfo link, XdpState state) => state.LinkId is { } held
        ? $"'bpftool link detach id {held}' once nothing needs it, or name another uplink"
        : $"'ip link set dev {link.Name} {(state.Mode == Bpf.XdpMode.Generic ? "xdpgeneric" : "xdp")} off' once nothing needs it, or name another uplink";

    // A frame with room in front and behind has to fit a page, unless the driver hands it over in several buffers.
    private static Finding Buffers(string device, int mtu) => Finding.When(
        mtu <= LinearMtuBytes || KernelRelease.Current >= FirstWithFrags,
        Area,
        "buffers",
        mtu <= LinearMtuBytes
            ? $"frames of {mtu} bytes fit one buffer"
            : $"frames of {mtu} bytes take several buffers: the program for these (xdp.frags) is used",
        FindingLevel.Broken,
        $"frames of {mtu} bytes take several buffers, which XDP has since Linux {FirstWithFrags.Major}.{FirstWithFrags.Minor}",
        $"ip link set {device} mtu {LinearMtuBytes}, or boot a newer kernel");

    private static Finding Queues(string device)
    {
        int cpus = Environment.ProcessorCount;
        DeviceChannels? channels = Ethtool.GetChannels(device);
        int receive = Math.Max(channels?.Receive ?? 0, Directory.GetDirectories($"/sys/class/net/{device}/queues", "rx-*").Length);
        if (channels is { } c && c.Receive < Math.Min(cpus, c.MaxReceive))
        {
            return new Finding(
                Area, "queues", FindingLevel.Warning, $"{receive} receive queues for {cpus} processors, of {c.MaxReceive} it can have: as many share all packets", $"ethtool -L {device} combined {Math.Min(cpus, c.MaxReceive)}");
        }

        return Finding.When(
            receive > 1 || cpus == 1,
            Area,
            "queues",
            $"{receive} receive queues for {cpus} processors",
            FindingLevel.Warning,
            $"one receive queue: one of {cpus} processors handles all packets",
            "use a card with several queues (RSS); for a virtual one, have its host give it more");
    }

    private static Finding Mtu(string device, int mtu) => Finding.When(
        mtu >= UsualMtu + OuterHeaderBytes,
        Area,
        "MTU",
        $"{mtu} bytes: full-sized packets fit with the {OuterHeaderBytes} bytes of an outer header",
        FindingLevel.Warning,
        $"{mtu} bytes: with the {OuterHeaderBytes} bytes of an outer header, targets on other machines receive packets of up to {mtu - OuterHeaderBytes} bytes",
        $"raise it on all machines and switches (ip link set {device} mtu {UsualMtu + OuterHeaderBytes}), or lower the workloads' to {mtu - OuterHeaderBytes}");

    private static Finding UnderlayAddress(string device)
    {
        string[] addresses = [.. LocalAddress.All()
            .Where(a => a.Device == device && !a.Address.IsIPv6LinkLocal)
            .Select(a => a.Address.ToString())];
        return Finding.When(
            addresses.Length > 0,
            Area,
            "underlay",
            $"reached by other machines at {string.Join(", ", addresses)}",
            FindingLevel.Warning,
            "has no address but link-local ones; targets on other machines can't be reached",
            $"give it one (ip addr add 2001:db8::1/64 dev {device}); a single machine needs none");
    }

    // Hardware that merges segments hands XDP packets that are none; most drivers refuse XDP then. GRO comes after XDP and does no harm.
    private static Finding Offloads(string directory, string device)
    {
        DeviceFeatures features = Ethtool.GetFeatures(device);
        if (features.LargeReceiveOffload || features.HardwareReceiveOffload)
        {
            string name = features.LargeReceiveOffload ? "lro" : "rx-gro-hw";
            return new Finding(
                Area, "offloads", FindingLevel.Warning, $"{name} is on: the hardware merges segments, and XDP does not go with that", $"ethtool -K {device} {name} off");
        }

        // XDP on a veth sees what a local sender left to the hardware: a checksum that is not finished, which encapsulation makes permanent. tc knows.
        return DriverOf(directory, null) == "veth" && UsesXdp(device)
            ? new Finding(
                Area,
                "offloads",
                FindingLevel.Warning,
                "XDP at a veth: packets from its other end come without a finished checksum if that end has transmit checksums on",
                "leave the agent's --xdp-mode to be chosen, or at the other end: ethtool -K DEVICE tx off")
            : new Finding(Area, "offloads", FindingLevel.Ok, "the hardware merges no segments (lro and rx-gro-hw are off)");
    }

    /// <summary>Whether XDP is there, or will be: before Linux 6.6 tc can't take its place.</summary>
    private static bool UsesXdp(string device)
    {
        using RtNetlink netlink = RtNetlink.Open();
        return XdpState.Of(netlink.GetLink(device).Index).Mode != Bpf.XdpMode.None || KernelRelease.Current < FirstWithoutXdp;
    }

    // A device of hardware links to its driver; a virtual one's kind says it.
    private static string? DriverOf(string directory, LinkInfo? link)
    {
        if (Directory.ResolveLinkTarget($"{directory}/device/driver", returnFinalTarget: true) is { } target)
        {
            return target.Name;
        }

        if (link is null)
        {
            using RtNetlink netlink = RtNetlink.Open();
            link = netlink.GetLink(Path.GetFileName(directory));
        }

        return link.Kind == "bond" ? "bonding" : link.Kind;
    }
}
