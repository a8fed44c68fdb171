using System.Globalization;
using System.Net;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Netlink;

namespace Lodestone.DatapathBench.Traffic;

/// <summary>nftables: DNAT to a random server, remembered by the kernel's connection tracking.</summary>
internal sealed class NftablesSite(NetworkLab lab, TrafficLayout layout, bool isWire) : TrafficSite(lab, layout, isWire)
{
    private static readonly IPAddress Vip = IPAddress.Parse("203.0.113.1");

    public override string Name => "nftables";

    public override IReadOnlyList<IPAddress> Addresses => [Vip];

    public override long? CountConnections() => Gateway.Namespace.Run(() =>
        long.Parse(File.ReadAllText("/proc/sys/net/netfilter/nf_conntrack_count"), CultureInfo.InvariantCulture));

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        OwnAddress(Vip);
        string map = string.Join(", ", Lab.Workloads.Select((w, i) => string.Create(CultureInfo.InvariantCulture, $"{i} : {w.Ipv4}")));

        // Answers have to come back through the gateway, or nobody would undo the translation.
        string masquerade = Layout == TrafficLayout.Remote
            ? "chain post { type nat hook postrouting priority srcnat; ip daddr 10.0.0.0/24 masquerade; }"
            : "";
        string file = Path.Combine(Scratch, "nftables.conf");
        await File.WriteAllTextAsync(
            file,
            $$"""
            table ip balance {
                chain pre {
                    type nat hook prerouting priority dstnat;
                    ip daddr {{Vip}} tcp dport 80 dnat to numgen random mod {{Lab.Workloads.Count}} map { {{map}} }
                    ip daddr {{Vip}} udp dport {{UdpPort}} dnat to numgen random mod {{Lab.Workloads.Count}} map { {{map}} }
                }
                {{masquerade}}
            }

            """,
            cancellationToken);
        await RunAsync(Gateway, "nft", "-f", file);
    }

    protected override RouteSettings Route() => new(Lab.Options.Ipv4Pool, Lab.Client.DeviceIndex);
}
