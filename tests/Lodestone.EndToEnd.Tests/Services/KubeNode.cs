using System.Diagnostics;
using System.Net;

using Lodestone.Cli.Lab;
using Lodestone.EndToEnd.Tests.Overlay;
using Lodestone.Linux.Devices;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.EndToEnd.Tests.Services;

/// <summary>What Kubernetes makes of a machine of the lab: a pod behind its routing, and rules as kube-proxy writes them for addresses in <c>status.loadBalancer</c>.</summary>
internal sealed class KubeNode : IDisposable
{
    private readonly LabHost _host;
    private readonly NetworkNamespace _pod;
    private readonly EchoServer _server;
    private readonly IPAddress _podIPv4;
    private readonly IPAddress _podIPv6;

    /// <param name="lab">The lab.</param>
    /// <param name="host">The machine.</param>
    /// <param name="number">Names the pod, and tells its addresses from others'.</param>
    public KubeNode(NetworkLab lab, LabHost host, byte number)
    {
        _host = host;
        _podIPv4 = IPAddress.Parse($"10.244.{number}.2");
        _podIPv6 = IPAddress.Parse($"fd00:244:{number}::2");
        var nodeIPv4 = IPAddress.Parse($"10.244.{number}.1");
        var nodeIPv6 = IPAddress.Parse($"fd00:244:{number}::1");
        _pod = NetworkNamespace.Create($"lodestone-{lab.Id}-pod-{number}");
        using (RtNetlink onHost = RtNetlink.Open(host.Namespace))
        using (RtNetlink inside = RtNetlink.Open(_pod))
        {
            onHost.AddVeth(new VethEnd("pod0"), new VethEnd(LabNode.Device, _pod));
            SetUp(onHost, "pod0", nodeIPv4, nodeIPv6);
            int device = SetUp(inside, LabNode.Device, _podIPv4, _podIPv6);
            inside.AddRoute(new RouteSettings(IPNetwork.Parse("0.0.0.0/0"), device) { Gateway = nodeIPv4 });
            inside.AddRoute(new RouteSettings(IPNetwork.Parse("::/0"), device) { Gateway = nodeIPv6 });
        }

        // A machine on a wire finishes checksums; veths leave them open, and XDP on the way would see them so.
        Ethtool.SetFeatures(LabNode.Device, new Dictionary<string, bool> { ["tx-checksum-ip-generic"] = false, ["tx-tcp-segmentation"] = false, ["tx-tcp6-segmentation"] = false }, _pod);
        host.Namespace.Run(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        });
        _server = new EchoServer(_pod, number, [_podIPv4, _podIPv6]);
    }

    /// <summary>Connections that reached the pod.</summary>
    public int Accepted => _server.Accepted;

    /// <summary>As kube-proxy does: packets to an address and port of the Service become packets to a pod.</summary>
    public async Task ServeAsync(IEnumerable<IPAddress> addresses, CancellationToken cancellationToken)
    {
        await NftAsync("add table inet kube-proxy", cancellationToken);
        await NftAsync("add chain inet kube-proxy services { type nat hook prerouting priority dstnat ; }", cancellationToken);
        foreach (IPAddress address in addresses)
        {
            bool isIPv4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
            string match = $"{(isIPv4 ? "ip" : "ip6")} daddr {address}";
            string target = isIPv4 ? $"dnat ip to {_podIPv4}" : $"dnat ip6 to {_podIPv6}";
            await NftAsync($"add rule inet kube-proxy services {match} tcp dport {EchoServer.TcpPort} {target}", cancellationToken);
            await NftAsync($"add rule inet kube-proxy services {match} udp dport {EchoServer.UdpPort} {target}", cancellationToken);
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        _pod.Dispose();
    }

    private static int SetUp(RtNetlink netlink, string device, IPAddress ipv4, IPAddress ipv6)
    {
        int index = netlink.GetLink(device).Index;
        netlink.SetLink(index, new LinkSettings { IsUp = true });
        netlink.AddAddress(index, ipv4, 24);
        netlink.AddAddress(index, ipv6, 64);
        return index;
    }

    private async Task NftAsync(string command, CancellationToken cancellationToken)
    {
        using Process process = _host.Namespace.Start(new ProcessStartInfo("nft", command.Split(' ')) { RedirectStandardError = true });
        string errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"nft {command}: {errors}");
    }
}
