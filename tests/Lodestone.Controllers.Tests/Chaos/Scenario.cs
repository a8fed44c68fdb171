using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>What users and agents do in a run: everything that depends on something else comes in any order, and some things change their mind.</summary>
internal static class Scenario
{
    private const string Ns = "default";

    internal static IReadOnlyList<Step> Steps { get; } =
    [
        Create("pool", new AddressPool { Metadata = Named("pool", null), Spec = new AddressPoolSpec { Addresses = ["203.0.113.0/28", "2001:db8::/64"] } }),
        Create("net-a", new Network { Metadata = Named("net-a"), Spec = Peering("net-b") }),
        Create("net-b", new Network { Metadata = Named("net-b"), Spec = Peering("net-a") }),
        Create("lb public", Balancer("public", "net-a", lb => lb.Spec.IpFamilies = ["IPv4", "IPv6"])),
        Create("lb internal", Balancer("internal", "net-b", lb =>
        {
            lb.Spec.Type = "Internal";
            lb.Spec.Ips = [new IpSource { Value = "10.0.0.100" }];
        })),
        Create("lb foreign", Balancer("foreign", "net-a", lb => lb.Spec.NetworkInterfaceSelector = null)),
        .. Nic("web-1", "net-a", "10.0.0.1"),
        .. Nic("web-2", "net-a", "10.0.0.2"),
        .. Nic("web-3", "net-a", "10.0.0.3"),
        .. Nic("web-b", "net-b", "10.0.0.1"),

        // Addresses from Prefixes, whoever is there first.
        Create("prefix root", new Prefix { Metadata = Named("root"), Spec = new PrefixSpec { IpFamily = "IPv4", Prefix = "10.1.0.0/24" } }),
        Create("prefix child", new Prefix { Metadata = Named("child"), Spec = Part(28) }),
        Create("prefix grandchild", new Prefix { Metadata = Named("grandchild"), Spec = new PrefixSpec { IpFamily = "IPv4", PrefixLength = 30, ParentRef = new LocalObjectReference { Name = "child" } } }),
        Create("prefix short", new Prefix { Metadata = Named("short"), Spec = Part(26) }),
        Delete<Prefix>("prefix short goes", "short", "prefix short"),
        Create("lb ephemeral", Balancer("ephemeral", "net-b", lb =>
        {
            lb.Spec.Type = "Internal";
            lb.Spec.Ips = [Ephemeral()];
        })),
        Create("nic ephemeral", new NetworkInterface
        {
            Metadata = Named("nic-e"),
            Spec = new NetworkInterfaceSpec { NetworkRef = new LocalObjectReference { Name = "net-b" }, IpFamilies = ["IPv4"], Ips = [Ephemeral()] },
        }),

        // A target that goes for good, one that leaves by its label and comes back, one whose device goes away and comes back.
        .. Nic("short", "net-a", "10.0.0.9"),
        Delete<NetworkInterface>("nic short goes", "short", "agent short"),
        Relabel("web-2 leaves", "web-2", "away", "agent web-2"),
        Relabel("web-2 comes back", "web-2", "web", "web-2 leaves"),
        State("web-3 fails", "web-3", "Error", "10.0.0.3", "agent web-3"),
        State("web-3 recovers", "web-3", "Available", "10.0.0.3", "web-3 fails"),

        // A load balancer that goes, and one whose name another takes.
        Create("lb temporary", Balancer("temporary", "net-a")),
        Delete<LoadBalancer>("lb temporary goes", "temporary", "lb temporary"),
        Create("lb first", Balancer("second", "net-a")),
        Delete<LoadBalancer>("lb first goes", "second", "lb first"),
        Create("lb second", Balancer("second", "net-a", lb => lb.Spec.NetworkInterfaceSelector!.MatchLabels = null), "lb first goes"),

        // A user who changes his mind.
        Change<LoadBalancer>("public to one family", "public", lb => lb.Spec.IpFamilies = ["IPv4"], "lb public"),
        Change<LoadBalancer>("public to both again", "public", lb => lb.Spec.IpFamilies = ["IPv4", "IPv6"], "public to one family"),
        Change<AddressPool>("pool shrinks", "pool", p => p.Spec.Addresses = ["203.0.113.8/29"], "pool"),
        Change<AddressPool>("pool grows", "pool", p => p.Spec.Addresses = ["203.0.113.0/28", "2001:db8::/64"], "pool shrinks"),
        Create("net temporary", new Network { Metadata = Named("net-t") }),
        Delete<Network>("net temporary goes", "net-t", "net temporary"),
    ];

    private static NetworkSpec Peering(string other) => new()
    {
        Peerings = [new NetworkPeering { Name = other, NetworkRef = new NetworkPeeringNetworkRef { Name = other } }],
    };

    private static PrefixSpec Part(int length) => new() { IpFamily = "IPv4", PrefixLength = length, ParentRef = new LocalObjectReference { Name = "root" } };

    private static IpSource Ephemeral() => new() { Ephemeral = new EphemeralPrefixSource { PrefixTemplate = new PrefixTemplate { Spec = Part(32) } } };

    private static ObjectMeta Named(string name, string? ns = Ns) => new() { Name = name, Namespace = ns };

    private static LoadBalancer Balancer(string name, string network, Action<LoadBalancer>? change = null)
    {
        var lb = new LoadBalancer
        {
            Metadata = Named(name),
            Spec = new LoadBalancerSpec
            {
                Type = "Public",
                IpFamilies = ["IPv4"],
                NetworkRef = new LocalObjectReference { Name = network },
                NetworkInterfaceSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = "web" } },
                Ports = [new LoadBalancerPort { Port = 80 }],
            },
        };
        change?.Invoke(lb);
        return lb;
    }

    private static IEnumerable<Step> Nic(string name, string network, string ip) =>
    [
        Create($"nic {name}", new NetworkInterface
        {
            Metadata = new ObjectMeta { Name = name, Namespace = Ns, Labels = new Dictionary<string, string> { ["app"] = "web" } },
            Spec = new NetworkInterfaceSpec
            {
                ProviderID = $"lodestone://host-a/{name}",
                NetworkRef = new LocalObjectReference { Name = network },
                IpFamilies = ["IPv4"],
                Ips = [new IpSource { Value = ip }],
            },
        }),
        State($"agent {name}", name, "Available", ip, $"nic {name}"),
    ];

    private static Step Create<T>(string name, T item, params string[] after)
        where T : KubernetesObject => new(name, (client, cancellationToken) => client.CreateAsync(item, cancellationToken), after);

    private static Step Change<T>(string name, string item, Action<T> change, params string[] after)
        where T : KubernetesObject => new(name, async (client, cancellationToken) => await client.UpdateAsync(await client.GetAsync<T>(KeyOf<T>(item), cancellationToken), change, cancellationToken), after);

    private static Step Relabel(string name, string nic, string app, params string[] after) =>
        Change<NetworkInterface>(name, nic, n => n.Metadata.Labels!["app"] = app, after);

    private static Step State(string name, string nic, string state, string ip, params string[] after) => new(
        name,
        async (client, cancellationToken) => await client.UpdateStatusAsync(
            await client.GetAsync<NetworkInterface>(KeyOf<NetworkInterface>(nic), cancellationToken),
            n =>
            {
                n.Status ??= new NetworkInterfaceStatus();
                n.Status.State = state;
                n.Status.Ips = [ip];
            },
            cancellationToken),
        after);

    /// <summary>Deletes, and waits until it is gone: what comes after may take its name.</summary>
    private static Step Delete<T>(string name, string item, params string[] after)
        where T : KubernetesObject => new(
            name,
            async (client, cancellationToken) =>
            {
                await client.DeleteAsync<T>(KeyOf<T>(item), null, cancellationToken);
                while (await client.TryGetAsync<T>(KeyOf<T>(item), cancellationToken) is not null)
                {
                    await Task.Delay(5, cancellationToken);
                }
            },
            after);

    private static ObjectKey KeyOf<T>(string name)
        where T : KubernetesObject => new(Lodestone.Api.Resources.ResourceDefinitions.Of<T>().IsNamespaced ? Ns : "", name);
}
