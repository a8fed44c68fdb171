using System.Net;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Netlink;

namespace Lodestone.DatapathBench.Traffic;

/// <summary>HAProxy in TCP mode: two connections for one.</summary>
internal sealed class HaproxySite(NetworkLab lab, TrafficLayout layout, bool isWire) : TrafficSite(lab, layout, isWire)
{
    private static readonly IPAddress Vip = IPAddress.Parse("203.0.113.1");

    public override string Name => "haproxy";

    public override IReadOnlyList<IPAddress> Addresses => [Vip];

    public override bool TakesUdp => false;

    protected override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        OwnAddress(Vip);
        Gateway.Namespace.SetVariable("net/ipv4/ip_local_port_range", "1024 65535");
        string servers = string.Join('\n', Lab.Workloads.Select(w => $"    server {w.Name} {w.Ipv4}:80"));
        string file = Path.Combine(Scratch, "haproxy.cfg");
        await File.WriteAllTextAsync(
            file,
            $"""
            global
                maxconn 4000
            defaults
                mode tcp
                timeout connect 5s
                timeout client 60s
                timeout server 60s
            frontend web
                bind {Vip}:80 backlog 4096
                default_backend web
            backend web
                balance roundrobin
            {servers}

            """,
            cancellationToken);
        Start(Gateway, "haproxy", "-db", "-q", "-f", file).Dispose();
    }

    protected override RouteSettings Route() => new(Lab.Options.Ipv4Pool, Lab.Client.DeviceIndex);
}
