using System.Net;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Bpf;
using Lodestone.Linux;
using Lodestone.Linux.Devices;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.Agent.Tests.Kernel;

/// <summary>A machine's uplink and, at its far end, one namespace that is the client, the next hop and the target's host in one.</summary>
internal static class UplinkLab
{
    /// <summary>MAC addresses as <see cref="World"/> has them.</summary>
    public static void Connect(NetworkNamespace machine, NetworkNamespace client, int mtu) => machine.Run(() =>
    {
        using RtNetlink netlink = RtNetlink.Open();
        netlink.AddVeth(
            new VethEnd("uplink") { Mtu = mtu, Address = MacAddress.Parse("02:00:00:00:00:0a") },
            new VethEnd("client0", client) { Mtu = mtu, Address = MacAddress.Parse("02:00:00:00:00:0b") });
        netlink.SetLink(netlink.GetLink("uplink").Index, new LinkSettings { IsUp = true });
        client.Run(() =>
        {
            using RtNetlink far = RtNetlink.Open();
            int index = far.GetLink("client0").Index;
            far.SetLink(index, new LinkSettings { IsUp = true });
            far.SetLink(1, new LinkSettings { IsUp = true });
            string[] off = ["tx-checksum-ip-generic", "tx-tcp-segmentation", "tx-tcp6-segmentation", "tx-udp-segmentation"];
            Ethtool.SetFeatures("client0", off.ToDictionary(name => name, _ => false), client);
        });
    });

    /// <summary>What XDP sends back arrives only where an XDP program is.</summary>
    public static void AddressClient(NetworkNamespace client, IPAddress underlay, string vip) => client.Run(() =>
    {
        using RtNetlink netlink = RtNetlink.Open();
        int index = netlink.GetLink("client0").Index;
        XdpPass.Attach(index, frags: netlink.GetLink("client0").Mtu > KernelDatapath.LinearMtuBytes);
        netlink.AddAddress(index, IPAddress.Parse("192.0.2.10"), 24);
        netlink.AddAddress(index, underlay, 128);
        netlink.AddRoute(new RouteSettings(IPNetwork.Parse($"{vip}/32"), index));
    });

    /// <summary>A device of this namespace as the agent knows it.</summary>
    public static LocalDevice Device(string name)
    {
        using RtNetlink netlink = RtNetlink.Open();
        return DeviceTable.From(netlink.GetLink(name));
    }
}
