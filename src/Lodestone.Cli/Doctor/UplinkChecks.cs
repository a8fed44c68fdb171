using System.Globalization;

using Lodestone.Linux.Devices;

namespace Lodestone.Cli.Doctor;

/// <summary>Whether the device that faces the network suits the data path.</summary>
internal static class UplinkChecks
{
    private const string Area = "uplink";

    // An outer IPv6 header (RFC 8200) is what encapsulation adds.
    private const int OuterHeaderBytes = 40;
    private const int UsualMtu = 1500;

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
        yield return Xdp(directory);
        yield return Mtu(device, int.Parse(File.ReadAllText($"{directory}/mtu"), CultureInfo.InvariantCulture));
        yield return UnderlayAddress(device);
        yield return Offloads(directory, device);
    }

    private static Finding Xdp(string directory)
    {
        string? driver = DriverOf(directory);
        return Finding.When(
            driver is not null && NativeDrivers.Contains(driver),
            Area,
            "XDP",
            $"driver {driver} runs XDP programs itself (native)",
            FindingLevel.Warning,
            $"driver {driver ?? "unknown"} is not known to run XDP programs itself; they run in the stack (generic), at a third of the speed",
            "use a network card whose driver has native XDP");
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
            .Where(a => a.Device == device && a.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !a.Address.IsIPv6LinkLocal)
            .Select(a => a.Address.ToString())];
        return Finding.When(
            addresses.Length > 0,
            Area,
            "underlay",
            $"reached by other machines at {string.Join(", ", addresses)}",
            FindingLevel.Warning,
            "has no IPv6 address but link-local ones; targets on other machines can't be reached",
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

        // XDP on a veth sees what a local sender left to the hardware: a checksum that is not finished, which encapsulation makes permanent.
        return DriverOf(directory) == "veth"
            ? new Finding(
                Area,
                "offloads",
                FindingLevel.Warning,
                "a veth: packets from its other end come without a finished checksum if that end has transmit checksums on",
                "at the other end: ethtool -K DEVICE tx off")
            : new Finding(Area, "offloads", FindingLevel.Ok, "the hardware merges no segments (lro and rx-gro-hw are off)");
    }

    // A device of hardware links to its driver; of a virtual one only DEVTYPE or its absence tells.
    private static string? DriverOf(string directory)
    {
        if (Directory.ResolveLinkTarget($"{directory}/device/driver", returnFinalTarget: true) is { } target)
        {
            return target.Name;
        }

        // peer_ifindex of a veth: iflink differs from ifindex and there is no lower device.
        return File.ReadAllText($"{directory}/iflink") != File.ReadAllText($"{directory}/ifindex")
            && !Directory.EnumerateFileSystemEntries(directory, "lower_*").Any()
                ? "veth"
                : null;
    }
}
