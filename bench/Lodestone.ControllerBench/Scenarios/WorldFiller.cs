using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;

namespace Lodestone.ControllerBench.Scenarios;

/// <summary>Writes networks, network interfaces and load balancers. Interfaces of load balancer <c>n</c> have the label <c>app=lb-n</c>, and one that all share.</summary>
internal sealed class WorldFiller(ApiClient client, BenchScale scale)
{
    public const string Namespace = "default";
    private const int Writers = 64;

    public async Task AddNetworksAsync()
    {
        await client.CreateAsync(new AddressPool { Metadata = new ObjectMeta { Name = "bench" }, Spec = new AddressPoolSpec { Addresses = ["100.64.0.0/10"] } });
        await Parallel.ForEachAsync(Enumerable.Range(0, scale.Networks), Options, async (i, token) =>
            await client.CreateAsync(new Network { Metadata = Meta($"net-{i}") }, token));
    }

    public Task AddInterfacesAsync(int from, int count) => Parallel.ForEachAsync(Enumerable.Range(from, count), Options, async (i, token) =>
    {
        string ip = $"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}";
        NetworkInterface nic = await client.CreateAsync(
            new NetworkInterface
            {
                Metadata = Meta(NameOfInterface(i), ("app", NameOfLoadBalancer(i / scale.InterfacesPerLoadBalancer)), ("env", "prod"), ("zone", $"z{i % 3}")),
                Spec = new NetworkInterfaceSpec
                {
                    ProviderID = $"lodestone://host-{i % 1000}/tap{i}",
                    NetworkRef = new LocalObjectReference { Name = NetworkOf(i / scale.InterfacesPerLoadBalancer) },
                    IpFamilies = ["IPv4"],
                    Ips = [new IpSource { Value = ip }],
                },
            },
            token);
        await client.UpdateStatusAsync(nic, n => n.Status = new NetworkInterfaceStatus { State = "Available", Ips = [ip] }, token);
    });

    public Task AddLoadBalancersAsync(int from, int count) => Parallel.ForEachAsync(Enumerable.Range(from, count), Options, async (i, token) =>
        await client.CreateAsync(
            new LoadBalancer
            {
                Metadata = Meta(NameOfLoadBalancer(i)),
                Spec = new LoadBalancerSpec
                {
                    Type = "Public",
                    IpFamilies = ["IPv4"],
                    NetworkRef = new LocalObjectReference { Name = NetworkOf(i) },
                    NetworkInterfaceSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["env"] = "prod", ["app"] = NameOfLoadBalancer(i) } },
                    Ports = [new LoadBalancerPort { Protocol = "TCP", Port = 443 }],
                },
            },
            token));

    public static string NameOfInterface(int number) => $"nic-{number}";

    public static string NameOfLoadBalancer(int number) => $"lb-{number}";

    private static ParallelOptions Options => new() { MaxDegreeOfParallelism = Writers };

    private static ObjectMeta Meta(string name, params (string Key, string Value)[] labels) =>
        new() { Namespace = Namespace, Name = name, Labels = labels.Length > 0 ? labels.ToDictionary(l => l.Key, l => l.Value) : null };

    private string NetworkOf(int loadBalancer) => $"net-{loadBalancer % scale.Networks}";
}
