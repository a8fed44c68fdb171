using System.Net;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Netlink;

namespace Lodestone.DatapathBench.Traffic;

/// <summary>Nobody balances: the client sends to the servers' own addresses, and their machine routes.</summary>
internal sealed class DirectSite(NetworkLab lab, TrafficLayout layout, bool isWire) : TrafficSite(lab, layout, isWire)
{
    public override string Name => "direct";

    public override IReadOnlyList<IPAddress> Addresses => [.. Lab.Workloads.Select(w => w.Ipv4)];

    protected override Task PrepareAsync(CancellationToken cancellationToken)
    {
        BePlainRouter();
        return Task.CompletedTask;
    }

    protected override RouteSettings Route() => new(IPNetwork.Parse("10.0.0.0/24"), Lab.Client.DeviceIndex) { Gateway = ServerHost.Ipv4 };
}
