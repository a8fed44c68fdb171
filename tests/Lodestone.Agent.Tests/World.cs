using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Ipam;
using Lodestone.Api.Json;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Tests;

/// <summary>
/// A small site in documentation addresses, to change and take snapshots of: gateway and hypervisor <c>host-a</c>, hypervisor
/// <c>host-b</c>, network <c>net</c>, and whatever network interfaces and load balancers a test adds.
/// </summary>
internal sealed class World
{
    public const string Namespace = "default";

    /// <summary>What load balancers select by.</summary>
    public const string Label = "selected";
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<KubernetesObject, (string Json, KubernetesObject Value)> _frozen = new(ReferenceEqualityComparer.Instance);

    /// <summary>The selector of load balancers.</summary>
    public static LabelSelector Selector => new() { MatchLabels = new() { [Label] = "yes" } };

    public World()
    {
        AddHost("host-a", 1, "Gateway", "Hypervisor");
        AddHost("host-b", 2, "Hypervisor");
        Networks.Add(new Network
        {
            Metadata = new ObjectMeta { Namespace = Namespace, Name = "net", Uid = "net-uid" },
            Spec = new NetworkSpec { ProviderID = "lodestone://77" },
        });
    }

    public string HostName { get; set; } = "host-a";

    public LocalDevice Uplink { get; set; } = new("uplink", 2, true, true, 1500, MacAddress.Parse("02:00:00:00:00:0a"));

    public List<Host> Hosts { get; } = [];

    public bool TrustsAnySource { get; set; }

    public HashSet<string> ReadyHosts { get; } = [];

    public List<Network> Networks { get; } = [];

    public List<NetworkInterface> Nics { get; } = [];

    public List<Prefix> Prefixes { get; } = [];

    public List<BGPPeer> BgpPeers { get; } = [];

    public List<LoadBalancer> LoadBalancers { get; } = [];

    /// <summary>Whether the uplink has a link partner.</summary>
    public bool HasCarrier { get; set; } = true;

    /// <summary>Addresses not to answer for.</summary>
    public ImmutableHashSet<DatapathAddress> Silent { get; set; } = [];

    /// <summary>Addresses that somebody else claims.</summary>
    internal ImmutableDictionary<DatapathAddress, ContestedVip> Contested { get; set; } = ImmutableDictionary<DatapathAddress, ContestedVip>.Empty;

    public List<LoadBalancerRouting> Routings { get; } = [];

    public List<LoadBalancerRoutingSlice> Slices { get; } = [];

    public Dictionary<string, LocalDevice> Devices { get; } = [];

    public Dictionary<IPAddress, MacAddress> NextHops { get; } = [];

    public static IPAddress UnderlayAddressOf(int number) => IPAddress.Parse($"2001:db8:1::{number:x}");

    public static IPNetwork PrefixOf(int number) => IPNetwork.Parse($"fd00:0:0:{number:x}::/64");

    public Host AddHost(string name, int number, params string[] roles)
    {
        var host = new Host
        {
            Metadata = new ObjectMeta { Name = name, Uid = $"{name}-uid" },
            Spec = new HostSpec { Roles = [.. roles], UnderlayAddresses = [UnderlayAddressOf(number).ToString()], UnderlayPrefix = PrefixOf(number).ToString() },
        };
        Hosts.Add(host);
        ReadyHosts.Add(name);
        NextHops[UnderlayAddressOf(number)] = MacAddress.Parse($"02:00:00:00:00:{9 + number:x2}");
        return host;
    }

    /// <summary>A network interface with address 10.0.0.<paramref name="number"/>; on this host also its device.</summary>
    public NetworkInterface AddNic(string name, int number, string host = "host-a")
    {
        string device = $"v-{name}";
        var nic = new NetworkInterface
        {
            Metadata = new ObjectMeta
            {
                Namespace = Namespace,
                Name = name,
                Uid = $"{name}-uid",
                ResourceVersion = "1",
                CreationTimestamp = Start.AddSeconds(number),
            },
            Spec = new NetworkInterfaceSpec
            {
                ProviderID = $"lodestone://{host}/{device}",
                NetworkRef = new LocalObjectReference { Name = "net" },
                IpFamilies = ["IPv4"],
                Ips = [new IpSource { Value = $"10.0.0.{number}" }],
            },
        };
        Nics.Add(nic);
        if (host == HostName)
        {
            Devices[device] = new LocalDevice(device, (uint)(100 + number), true, true, 1500, MacAddress.Parse($"02:00:00:00:01:{number:x2}"));
        }

        return nic;
    }

    /// <summary>A Prefix made for a network interface, Allocated where it has a prefix.</summary>
    public Prefix AddPrefix(string name, NetworkInterface owner, string? prefix)
    {
        var added = new Prefix
        {
            Metadata = new ObjectMeta
            {
                Namespace = Namespace,
                Name = name,
                Uid = $"{name}-uid",
                OwnerReferences = [new OwnerReference { Kind = "NetworkInterface", Name = owner.Metadata.Name!, Uid = owner.Metadata.Uid!, Controller = true }],
            },
            Spec = new PrefixSpec { IpFamily = "IPv4", Prefix = prefix },
            Status = new PrefixStatus { Phase = prefix is null ? "Pending" : "Allocated" },
        };
        Prefixes.Add(added);
        return added;
    }

    public LoadBalancer AddLoadBalancer(string name, params string[] ips)
    {
        var lb = new LoadBalancer
        {
            Metadata = new ObjectMeta { Namespace = Namespace, Name = name, Uid = $"{name}-uid", ResourceVersion = "1", CreationTimestamp = Start },
            Spec = new LoadBalancerSpec
            {
                Type = "Public",
                IpFamilies = [.. ips.Select(ip => ip.Contains(':') ? "IPv6" : "IPv4")],
                NetworkRef = new LocalObjectReference { Name = "net" },
                NetworkInterfaceSelector = Selector,
            },
            Status = new LoadBalancerStatus { Ips = [.. ips] },
        };
        LoadBalancers.Add(lb);
        return lb;
    }

    /// <summary>The routing of a load balancer to network interfaces; it replaces the one there was.</summary>
    public LoadBalancerRouting Route(LoadBalancer lb, params NetworkInterface[] nics)
    {
        int version = 1 + int.Parse(Routings.Find(r => r.Key == lb.Key)?.Metadata.ResourceVersion ?? "0", null);
        Routings.RemoveAll(r => r.Key == lb.Key);
        var routing = new LoadBalancerRouting
        {
            Metadata = new ObjectMeta
            {
                Namespace = Namespace,
                Name = lb.Metadata.Name,
                Uid = $"{lb.Metadata.Name}-routing-uid",
                ResourceVersion = $"{version}",
                OwnerReferences = [new OwnerReference { Kind = "LoadBalancer", Name = lb.Metadata.Name!, Uid = lb.Metadata.Uid!, Controller = true }],
            },
            Destinations = [.. nics.Select(nic => new LoadBalancerDestination { Ip = nic.Spec.Ips![0].Value, Uid = nic.Metadata.Uid, TargetRef = ReferenceTo(nic) })],
        };
        Routings.Add(routing);
        return routing;
    }

    public static LoadBalancerTargetRef ReferenceTo(NetworkInterface nic) =>
        new() { Uid = nic.Metadata.Uid!, Name = nic.Metadata.Name!, ProviderID = nic.Spec.ProviderID! };

    public static RingMember MemberOf(NetworkInterface nic) => new() { Uid = nic.Metadata.Uid, Ip = nic.Spec.Ips![0].Value! };

    public WorldSnapshot Snapshot()
    {
        Host own = Hosts.Single(host => host.Metadata.Name == HostName);
        return new WorldSnapshot
        {
            HostName = HostName,
            IsGateway = own.Spec.Roles!.Contains("Gateway"),
            Underlay = new UnderlayModel(Uplink, IPAddress.Parse(own.Spec.UnderlayAddresses![0]), IPNetwork.Parse(own.Spec.UnderlayPrefix!))
            {
                OtherAddress = own.Spec.UnderlayAddresses.Count > 1 ? IPAddress.Parse(own.Spec.UnderlayAddresses[1]) : null,
            },
            TrustsAnySource = TrustsAnySource,
            HasCarrier = HasCarrier,
            Silent = Silent,
            ReadyHosts = ReadyHosts.ToHashSet(),
            Hosts = [.. Hosts.Select(host => Freeze(host, ApiJsonContext.Default.Host))],
            Networks = [.. Networks.Select(network => Freeze(network, ApiJsonContext.Default.Network))],
            NetworkInterfaces = [.. Nics.Select(nic => Freeze(nic, ApiJsonContext.Default.NetworkInterface))],
            Prefixes = [.. Prefixes.Select(prefix => Freeze(prefix, ApiJsonContext.Default.Prefix))],
            BgpPeers = [.. BgpPeers],
            LoadBalancers = [.. LoadBalancers.Select(lb => Freeze(lb, ApiJsonContext.Default.LoadBalancer))],
            Routings = [.. Routings.Select(routing => Freeze(routing, ApiJsonContext.Default.LoadBalancerRouting))],
            RoutingSlices = [.. Slices.Select(slice => Freeze(slice, ApiJsonContext.Default.LoadBalancerRoutingSlice))],
            Devices = Devices.ToDictionary(),
            NextHops = NextHops.ToDictionary(),
        };
    }

    /// <summary>The object as an informer has it: the same instance as in the last snapshot unless a test has changed it meanwhile.</summary>
    private T Freeze<T>(T value, JsonTypeInfo<T> type)
        where T : KubernetesObject
    {
        string json = JsonSerializer.Serialize(value, type);
        if (!_frozen.TryGetValue(value, out (string Json, KubernetesObject Value) frozen) || frozen.Json != json)
        {
            frozen = (json, JsonSerializer.Deserialize(json, type)!);
            _frozen[value] = frozen;
        }

        return (T)frozen.Value;
    }

    /// <summary>What an agent publishes after it has applied this world to a data path of that size.</summary>
    internal AgentState Apply(DatapathCapacities? capacities = null, AgentState? previous = null) =>
        ApplyWith(
            new DatapathApplier(
                new MemoryDatapathMaps(capacities ?? new DatapathCapacities { VipSlots = 8, RingSlots = 4096, Reals = 8, FlowBuckets = 8, PortBitmaps = 1 }),
                new ManualTime(Start)),
            previous);

    /// <summary>What an agent publishes after it has applied this world to a data path that it has served before.</summary>
    internal AgentState ApplyWith(DatapathApplier applier, AgentState? previous = null)
    {
        WorldSnapshot snapshot = Snapshot();
        DesiredState desired = DesiredState.Compute(snapshot, previous?.Desired, Start);
        ApplyResult applied = applier.Apply(desired, snapshot.Underlay);
        return new AgentState(
            desired, applied, ImmutableDictionary<uint, string>.Empty, ImmutableDictionary<VipKey, uint>.Empty, ImmutableDictionary<ulong, uint>.Empty, applier.Fingerprints,
            Contested);
    }

    /// <summary>What becomes of the machine's network interfaces.</summary>
    public static ImmutableArray<NicModel> BindingsOf(WorldSnapshot world) => DesiredState.Compute(world, null, Start).Nics;

    public DesiredState Compute(DesiredState? previous = null, DateTimeOffset? now = null) => DesiredState.Compute(Snapshot(), previous, now ?? Start);
}
