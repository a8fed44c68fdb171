using System.Diagnostics;

using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.Linux.Devices;
using Lodestone.Linux.Namespaces;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Lab;

/// <summary>Objects of a lab's machines in its API, and waiting for what becomes of them.</summary>
internal static class LabObjects
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static ObjectMeta Named(string name) => new() { Namespace = "default", Name = name };

    /// <summary>The pool that public VIPs come from.</summary>
    public static AddressPool PublicPool(NetworkLab lab) => new()
    {
        Metadata = new ObjectMeta { Name = "public" },
        Spec = new AddressPoolSpec { Addresses = [lab.Options.Ipv4Pool.ToString(), lab.Options.Ipv6Pool.ToString()] },
    };

    /// <summary>A workload's network interface in a network, with label <c>app</c> or without.</summary>
    public static NetworkInterface InterfaceOf(LabWorkload workload, string network, string? app = null) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = workload.Name, Labels = app is null ? null : new() { ["app"] = app } },
        Spec = new NetworkInterfaceSpec
        {
            ProviderID = workload.ProviderId,
            NetworkRef = new LocalObjectReference { Name = network },
            IpFamilies = ["IPv4", "IPv6"],
            Ips = [new IpSource { Value = workload.Ipv4.ToString() }, new IpSource { Value = workload.Ipv6.ToString() }],
        },
    };

    /// <summary>What the load balancers of a test need: network <c>blue</c>, the pool, and interfaces of workloads, those of targets with label <c>app=web</c>.</summary>
    public static async Task CreateNetworkAsync(
        ApiClient api, NetworkLab lab, IEnumerable<LabWorkload> targets, IEnumerable<LabWorkload> others, CancellationToken cancellationToken)
    {
        await api.CreateAsync(new Network { Metadata = Named("blue") }, cancellationToken);
        await api.CreateAsync(PublicPool(lab), cancellationToken);
        foreach (NetworkInterface nic in (NetworkInterface[])[.. targets.Select(workload => InterfaceOf(workload, "blue", "web")), .. others.Select(workload => InterfaceOf(workload, "blue"))])
        {
            await api.CreateAsync(nic, cancellationToken);
        }
    }

    /// <summary>A load balancer of both families, with addresses of the pool, for what has label <c>app=web</c> in network <c>blue</c>.</summary>
    public static LoadBalancer PublicBalancer(string name, params LoadBalancerPort[] ports) => new()
    {
        Metadata = Named(name),
        Spec = new LoadBalancerSpec
        {
            Type = "Public",
            IpFamilies = ["IPv4", "IPv6"],
            NetworkRef = new LocalObjectReference { Name = "blue" },
            NetworkInterfaceSelector = new LabelSelector { MatchLabels = new() { ["app"] = "web" } },
            Ports = [.. ports],
        },
    };

    /// <summary>As <see cref="PublicBalancer"/>, with addresses of the network's own.</summary>
    public static LoadBalancer InternalBalancer(string name, IEnumerable<IPAddress> vips, params LoadBalancerPort[] ports)
    {
        LoadBalancer balancer = PublicBalancer(name, ports);
        balancer.Spec.Type = "Internal";
        balancer.Spec.Ips = [.. vips.Select(vip => new IpSource { Value = vip.ToString() })];
        return balancer;
    }

    public static LoadBalancerPort Tcp(int port) => new() { Protocol = "TCP", Port = port };

    public static LoadBalancerPort Udp(int port) => new() { Protocol = "UDP", Port = port };

    /// <summary>A policy for the load balancer of the same name.</summary>
    public static LoadBalancerPolicy PolicyOf(string balancer, LoadBalancerPolicySpec spec)
    {
        spec.LoadBalancerRef = new LocalObjectReference { Name = balancer };
        return new LoadBalancerPolicy { Metadata = Named(balancer), Spec = spec };
    }

    /// <summary>Until a load balancer of two addresses is served, with so many ready targets, by everybody where that is told.</summary>
    /// <returns>Its addresses.</returns>
    public static async Task<IPAddress[]> WaitForBalancerAsync(ApiClient api, string name, string targets, string? everybody, CancellationToken cancellationToken)
    {
        string seen = "";
        IPAddress[] vips = [];
        await WaitAsync(
            async () =>
            {
                LoadBalancer lb = await api.GetAsync<LoadBalancer>(new ObjectKey("default", name), cancellationToken);
                Condition? programmed = lb.Status?.Conditions?.Find(c => c.Type == "Programmed");
                string gateways = string.Join("; ", (lb.Status?.Gateways ?? []).Select(g => $"{g.Name} {g.Message}"));
                seen = $"{name}: Programmed {programmed?.Status} {programmed?.Reason} {programmed?.Message}; targets {lb.Status?.ReadyTargets}; gateways {gateways}";
                vips = [.. (lb.Status?.Ips ?? []).Select(IPAddress.Parse)];
                return programmed is { Status: "True" } && (everybody is null || programmed.Message == everybody) && lb.Status?.ReadyTargets == targets
                    && lb.Status.Gateways?.TrueForAll(g => g.Message == string.Join(", ", lb.Status.Ips ?? [])) == true && vips.Length == 2;
            },
            () => seen,
            cancellationToken);
        return vips;
    }

    /// <summary>Until every network interface is Available: for a minute after a change, new UDP flows of slots that moved go to the older target.</summary>
    public static Task WaitForInterfacesAsync(ApiClient api, CancellationToken cancellationToken) => WaitAsync(
        async () => (await api.ListAsync<NetworkInterface>(new ListOptions(), cancellationToken)).TrueForAll(nic => nic.Status?.State == "Available"),
        () => "not every network interface is Available",
        cancellationToken);

    /// <summary>Until a condition holds; fails with what was seen.</summary>
    public static async Task WaitAsync(Func<Task<bool>> condition, Func<string> seen, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < (limit ?? Limit), seen());
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>As workloads do that stand for themselves: frames larger than the MTU, checksums unfinished.</summary>
    public static void SendLargeFrames(NetworkNamespace workload)
    {
        Ethtool.SetFeatures(LabNode.Device, new Dictionary<string, bool> { ["tx-checksum-ip-generic"] = true, ["tx-tcp-segmentation"] = true, ["tx-tcp6-segmentation"] = true }, workload);
        Assert.True(Ethtool.GetFeatures(LabNode.Device, workload).TransmitChecksum);
    }
}
