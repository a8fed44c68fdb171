using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Lodestone.Agent.Heartbeat;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Lodestone.Client.Leases;
using Lodestone.Controllers;
using Lodestone.Controllers.Routing;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Cli.Simulate.Site;

/// <summary>The objects of a simulated site, each made when it is asked for, as our own server, controllers and agents leave them. A pure function of scale and seed.</summary>
internal sealed class SiteObjects(SimulationScale scale, int seed)
{
    private const uint FirstVip = 100u << 24 | 64u << 16; // 100.64.0.0/10
    private const uint FirstAddress = 10u << 24;
    private const int FirstVni = 200;
    private const int UidBytes = 16;

    private static readonly ControllerOptions Options = new();

    private readonly SiteFields _fields = new(scale.Gateways);

    /// <summary>How large it is.</summary>
    public SimulationScale Scale => scale;

    /// <summary>Name of a host; gateways are the first.</summary>
    public static string HostName(int i) => $"host-{i:d4}";

    /// <summary>The address that other machines reach a host at.</summary>
    public static IPAddress UnderlayAddressOf(int i) => IPAddress.Parse($"2001:db8:1::{i + 1:x}");

    /// <summary>The prefix of a host's network interfaces on the underlay.</summary>
    public static string UnderlayPrefixOf(int i) => $"2001:db8:{i + 0x100:x}::/64";

    /// <summary>The device of a network interface on its host.</summary>
    public static string DeviceOf(int i) => $"tap{i}";

    /// <summary>The host of a network interface.</summary>
    public int HostOf(int nic) => scale.Gateways + (nic % scale.Hypervisors);

    /// <summary>The load balancer whose target a network interface is.</summary>
    public int LoadBalancerOf(int nic) => (int)((long)nic * scale.LoadBalancers / scale.Interfaces);

    /// <summary>The network interfaces that a load balancer selects.</summary>
    public IEnumerable<int> InterfacesOf(int lb)
    {
        for (int nic = First(lb); nic < First(lb + 1); nic++)
        {
            yield return nic;
        }

        int First(int of) => (int)(((long)of * scale.Interfaces + scale.LoadBalancers - 1) / scale.LoadBalancers);
    }

    /// <summary>The network interfaces of a host.</summary>
    public IEnumerable<int> InterfacesOn(int host)
    {
        for (int nic = host - scale.Gateways; nic < scale.Interfaces; nic += scale.Hypervisors)
        {
            yield return nic;
        }
    }

    public Host Host(int i)
    {
        bool isGateway = i < scale.Gateways;
        return _fields.Complete(new Host
        {
            Metadata = Meta(null, HostName(i), "Host", i),
            Spec = new HostSpec
            {
                Roles = [isGateway ? "Gateway" : "Hypervisor"],
                UnderlayAddresses = [UnderlayAddressOf(i).ToString()],
                UnderlayPrefix = UnderlayPrefixOf(i),
            },
            Status = new HostStatus
            {
                Conditions = [True(HostConditions.DatapathReady, "Attached", "the packet programs are attached"), True(HostConditions.Ready, "AgentReady", "the agent runs")],
                MtuBytes = 9000,
                KernelRelease = "6.8.0-55-generic",
                KernelFeatures = ["xdp-native", "tcx"],
                AgentVersion = "0.1.0",
                AnnouncedAddresses = isGateway ? scale.LoadBalancers / scale.Gateways : null,
                TableFingerprint = isGateway ? "0123456789abcdef" : null,
            },
        });
    }

    public Lease Lease(int i)
    {
        ObjectMeta meta = Meta(LeaseOptions.SystemNamespace, HostName(i), "Lease", i);
        meta.Labels = i < scale.Gateways ? new Dictionary<string, string> { [HostLease.GatewayLabel] = "true" } : null;
        return _fields.Complete(new Lease
        {
            Metadata = meta,
            Spec = new LeaseSpec
            {
                HolderIdentity = HostName(i),
                LeaseDurationSeconds = 2,
                AcquireTime = SimulatedTime.Start,
                RenewTime = SimulatedTime.Start.AddMicroseconds(i),
                LeaseTransitions = 0,
            },
        });
    }

    public Namespace Namespace(int i) => _fields.Complete(new Namespace { Metadata = Meta(null, i == 0 ? LeaseOptions.SystemNamespace : SpaceOf(i - 1), "Namespace", i) });

    public Network Network(int i) => _fields.Complete(new Network
    {
        Metadata = Meta(SpaceOf(i), NetworkName, "Network", i),
        Spec = new NetworkSpec { ProviderID = $"lodestone://{FirstVni + i}" },
        Status = new NetworkStatus { State = "Available" },
    });

    public NetworkID NetworkId(int i) => _fields.Complete(new NetworkID
    {
        Metadata = Meta(null, $"{FirstVni + i}", "NetworkID", i),
        Spec = new NetworkIDSpec
        {
            ClaimRef = new ClaimRef { Group = ResourceDefinitions.Network.Group, Resource = ResourceDefinitions.Network.Plural, Namespace = SpaceOf(i), Name = NetworkName, Uid = UidOf("Network", i) },
        },
    });

    public NetworkInterface Interface(int i)
    {
        string address = AddressOf(FirstAddress + (uint)i);
        int lb = LoadBalancerOf(i);
        ObjectMeta meta = Meta(SpaceOf(NetworkOf(lb)), $"nic-{i}", "NetworkInterface", i);
        meta.Labels = new Dictionary<string, string> { ["app"] = LoadBalancerName(lb), ["env"] = "prod", ["zone"] = $"z{i % 3}" };
        return _fields.Complete(new NetworkInterface
        {
            Metadata = meta,
            Spec = new NetworkInterfaceSpec
            {
                ProviderID = $"lodestone://{HostName(HostOf(i))}/{DeviceOf(i)}",
                NetworkRef = new LocalObjectReference { Name = NetworkName },
                IpFamilies = ["IPv4"],
                Ips = [new IpSource { Value = address }],
            },
            Status = new NetworkInterfaceStatus
            {
                State = "Available",
                LastStateTransitionTime = SimulatedTime.Start,
                Ips = [address],
                Conditions = [True("Bound", "Bound", $"bound to device {DeviceOf(i)}")],
            },
        });
    }

    public LoadBalancer LoadBalancer(int i, long ringGeneration = 1)
    {
        int targets = InterfacesOf(i).Count();
        ObjectMeta meta = Meta(SpaceOf(NetworkOf(i)), LoadBalancerName(i), "LoadBalancer", i);
        meta.Finalizers = ["lodestone.dev/datapath"];
        return _fields.Complete(new LoadBalancer
        {
            Metadata = meta,
            Spec = new LoadBalancerSpec
            {
                Type = "Public",
                IpFamilies = ["IPv4"],
                NetworkRef = new LocalObjectReference { Name = NetworkName },
                NetworkInterfaceSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = LoadBalancerName(i), ["env"] = "prod" } },
                Ports = [new LoadBalancerPort { Protocol = "TCP", Port = 443 }],
            },
            Status = new LoadBalancerStatus
            {
                Ips = [VipOf(i)],
                Conditions =
                [
                    True("Accepted", "Accepted", "the load balancer is as it can be served"),
                    True("AddressesAllocated", "Allocated", "every family has an address"),
                    True("NetworkReady", "NetworkAvailable", "the network is Available"),
                    True("TargetsReady", "TargetsAvailable", $"{targets} of {targets} network interfaces take flows"),
                    True("Programmed", "Programmed", $"{scale.Gateways} of {scale.Gateways} gateways serve the addresses"),
                    True("GatewaysAgree", "SameTables", "all gateways have the same tables"),
                ],
                ObservedGeneration = 1,
                Targets = targets,
                DrainingTargets = 0,
                SelectedTargets = targets,
                ReadyTargets = $"{targets}/{targets}",
                State = "Ready",
                Gateways =
                [
                    .. Enumerable.Range(0, scale.Gateways).Select(gateway => new LoadBalancerGateway
                    {
                        Name = HostName(gateway),
                        State = LoadBalancerGatewayStates.Programmed,
                        ObservedGeneration = 1,
                        RingGeneration = ringGeneration,
                        TableFingerprint = $"{Hash("Table", i):x16}",
                    }),
                ],
            },
        });
    }

    public Api.Platform.IPAddress Address(int i) => _fields.Complete(new Api.Platform.IPAddress
    {
        Metadata = Meta(null, IPAddressName.Format(IPAddress.Parse(VipOf(i))), "IPAddress", i),
        Spec = new IPAddressSpec
        {
            Ip = VipOf(i),
            PoolRef = new LocalObjectReference { Name = "public" },
            ClaimRef = new ClaimRef { Group = ResourceDefinitions.LoadBalancer.Group, Resource = ResourceDefinitions.LoadBalancer.Plural, Namespace = SpaceOf(NetworkOf(i)), Name = LoadBalancerName(i), Uid = UidOf("LoadBalancer", i) },
        },
    });

    public AddressPool Pool(int i) => _fields.Complete(new AddressPool { Metadata = Meta(null, "public", "AddressPool", i), Spec = new AddressPoolSpec { Addresses = ["100.64.0.0/10"] } });

    /// <summary>A load balancer's routing with all of its network interfaces as targets.</summary>
    public LoadBalancerRouting Routing(int i) => Routing(i, null, [.. InterfacesOf(i).Select(Interface)], _ => true, SimulatedTime.Start, 1);

    /// <summary>What the routing controller makes of a routing when other network interfaces take new flows.</summary>
    /// <param name="i">The load balancer.</param>
    /// <param name="current">The routing as it is; null: there is none yet.</param>
    /// <param name="interfaces">Who is to take new flows.</param>
    /// <param name="isLive">Whether one that left keeps the flows it has.</param>
    /// <param name="now">The time.</param>
    /// <param name="version">Its resourceVersion from now on.</param>
    public LoadBalancerRouting Routing(
        int i, LoadBalancerRouting? current, IReadOnlyList<NetworkInterface> interfaces, Func<string, bool> isLive, DateTimeOffset now, long version)
    {
        LoadBalancer lb = LoadBalancer(i);
        Network network = Network(NetworkOf(i));
        var routing = new LoadBalancerRouting
        {
            Metadata = Meta(lb.Metadata.Namespace, lb.Metadata.Name!, "LoadBalancerRouting", i),
        };
        routing.Metadata.ResourceVersion = $"{version}";
        RoutingPlan plan = RoutingPlanner.Plan(
            current,
            DestinationSelector.Select(lb, interfaces),
            member => isLive(member.Uid),
            now,
            Options.LearningWindow,
            Options.UdpLearningWindow,
            Options.DrainTime);
        RoutingDecision.Apply(routing, lb, network, plan, new RoutingLayout(plan));
        return _fields.Complete(routing);
    }

    public string UidOf(string kind, int i)
    {
        Span<byte> key = stackalloc byte[sizeof(int) * 2];
        BinaryPrimitives.WriteInt32LittleEndian(key, seed);
        BinaryPrimitives.WriteInt32LittleEndian(key[sizeof(int)..], i);
        Span<byte> uid = stackalloc byte[UidBytes];
        XxHash128.Hash(key, uid, Seed(kind));
        return new Guid(uid).ToString();
    }

    /// <summary>A load balancer's address.</summary>
    public static string VipOf(int i) => AddressOf(FirstVip + (uint)i);

    private const string NetworkName = "net";

    private static string LoadBalancerName(int i) => $"lb-{i}";

    private static string SpaceOf(int network) => $"tenant-{network}";

    private int NetworkOf(int lb) => lb % scale.Networks;

    private ulong Hash(string kind, int i) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{seed}/{kind}/{i}"));

    private static long Seed(string kind) => (long)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(kind));

    private static string AddressOf(uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes).ToString();
    }

    private ObjectMeta Meta(string? ns, string name, string kind, int i) => new()
    {
        Namespace = ns,
        Name = name,
        Uid = UidOf(kind, i),
        ResourceVersion = "1",
        Generation = 1,
        CreationTimestamp = SimulatedTime.Start.AddDays(-1).AddSeconds(i % 86_400),
    };

    private static Condition True(string type, string reason, string message) => new()
    {
        Type = type,
        Status = "True",
        ObservedGeneration = 1,
        LastTransitionTime = SimulatedTime.Start,
        Reason = reason,
        Message = message,
    };
}
