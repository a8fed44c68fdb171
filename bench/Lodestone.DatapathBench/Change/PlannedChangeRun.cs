using System.Net;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Bpf;
using Lodestone.Client.Informers;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Lodestone.DatapathBench.Report;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.DatapathBench.Change;

/// <summary>The same from the objects: one routing is replaced among many load balancers, as the agent hears of it.</summary>
/// <remarks>Half the routings' versions have one target more. As many network interfaces as load balancers, all of another host; three are a load balancer's.</remarks>
internal sealed class PlannedChangeRun(TimeProvider time, Action<string> say) : IDisposable
{
    private const int MaxVips = 10_000;
    private const int Targets = 3;
    private const int Repeats = 60;
    private const string Space = "bench";

    private static readonly UnderlayModel Underlay = new(
        new LocalDevice("eth0", 1, IsVeth: false, IsUp: true, 1600, MacAddress.Parse("02:00:00:00:00:01")),
        IPAddress.Parse("2001:db8:1::1"),
        IPNetwork.Parse("2001:db8:2::/64"));

    private readonly BpfObject _object = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions
    {
        Name = "changebench",
        MapSizes = KernelDatapathMaps.SizesOf(new DatapathCapacities { VipSlots = VipTable.SlotsFor(MaxVips), RingSlots = 1 << 23 }),
    });

    public IEnumerable<PlannedChange> Run()
    {
        foreach (int vips in (int[])[1, 100, 1000, MaxVips])
        {
            yield return Measure(vips);
        }
    }

    public void Dispose() => _object.Dispose();

    private PlannedChange Measure(int vips)
    {
        using var maps = new KernelDatapathMaps(_object);
        var applier = new DatapathApplier(maps, time);
        applier.Configure(new FlowSeed(1, 2), Underlay);
        var routings = ObjectPicture<LoadBalancerRouting>.Of(Enumerable.Range(0, vips).Select(i => RoutingOf(i, vips, Targets, 1)));
        WorldSnapshot world = WorldOf(vips, routings);
        var desired = DesiredState.Compute(world, null, time.GetUtcNow());
        ApplyResult first = applier.Apply(desired, Underlay);
        if (first.Programmed.Count != vips)
        {
            throw new InvalidOperationException($"{first.Programmed.Count} of {vips} VIPs were programmed: {string.Join("; ", first.Problems.Take(3))}");
        }

        double[] plan = new double[Repeats], apply = new double[Repeats], grace = new double[Repeats], whole = new double[Repeats];
        for (int i = 0; i < Repeats; i++)
        {
            LoadBalancerRouting changed = RoutingOf(vips / 2, vips, Targets + (i % 2 == 0 ? 1 : 0), i + 2);
            routings = routings.With(changed);
            WorldSnapshot next = world with { Routings = routings };
            long start = time.GetTimestamp();
            desired = DesiredState.Compute(next, desired, time.GetUtcNow());
            long planned = time.GetTimestamp();
            if (applier.Apply(desired, Underlay).Writes == 0)
            {
                throw new InvalidOperationException("a change of targets wrote nothing");
            }

            long applied = time.GetTimestamp();
            maps.WaitForPackets();
            long done = time.GetTimestamp();
            plan[i] = time.GetElapsedTime(start, planned).TotalMilliseconds;
            apply[i] = time.GetElapsedTime(planned, applied).TotalMilliseconds;
            grace[i] = time.GetElapsedTime(applied, done).TotalMilliseconds;
            whole[i] = time.GetElapsedTime(start, done).TotalMilliseconds;
        }

        say($"{vips:N0} load balancers: planned in {plan.Min():F2} ms at least, {TrafficTables.Median(plan):F2} ms median, applied in {apply.Min():F2} and {TrafficTables.Median(apply):F2}");
        return new PlannedChange(vips, Round(plan.Min()), Round(TrafficTables.Median(plan)), Round(apply.Min()), Round(TrafficTables.Median(apply)), Round(TrafficTables.Median(grace)), Round(TrafficTables.Median(whole)));
    }

    private static WorldSnapshot WorldOf(int vips, ObjectPicture<LoadBalancerRouting> routings) => new()
    {
        HostName = "gateway",
        IsGateway = true,
        Underlay = Underlay,
        ReadyHosts = new HashSet<string>(["gateway", "far"]),
        Hosts =
        [
            new Host
            {
                Metadata = new ObjectMeta { Name = "gateway", Uid = "gateway" },
                Spec = new HostSpec { Roles = ["Gateway"], UnderlayAddresses = [Underlay.Address.ToString()], UnderlayPrefix = Underlay.Prefix.ToString() },
            },
            new Host
            {
                Metadata = new ObjectMeta { Name = "far", Uid = "far" },
                Spec = new HostSpec { Roles = ["Hypervisor"], UnderlayAddresses = ["2001:db8:1::2"], UnderlayPrefix = "2001:db8:3::/64" },
            },
        ],
        Networks = [new Network { Metadata = new ObjectMeta { Namespace = Space, Name = "net", Uid = "net" }, Spec = new NetworkSpec { ProviderID = "lodestone://77" } }],
        NetworkInterfaces = ObjectPicture<NetworkInterface>.Of(Enumerable.Range(0, vips + Targets).Select(InterfaceOf)),
        Prefixes = [],
        LoadBalancers = ObjectPicture<LoadBalancer>.Of(Enumerable.Range(0, vips).Select(LoadBalancerOf)),
        Routings = routings,
        Devices = new Dictionary<string, LocalDevice>(),
        NextHops = new Dictionary<IPAddress, MacAddress> { [IPAddress.Parse("2001:db8:1::2")] = MacAddress.Parse("02:00:00:00:00:02") },
    };

    private static NetworkInterface InterfaceOf(int i) => new()
    {
        Metadata = new ObjectMeta { Namespace = Space, Name = $"nic-{i}", Uid = $"nic-{i}-uid", ResourceVersion = "1" },
        Spec = new NetworkInterfaceSpec
        {
            ProviderID = $"lodestone://far/v{i}",
            NetworkRef = new LocalObjectReference { Name = "net" },
            IpFamilies = ["IPv4"],
            Ips = [new IpSource { Value = AddressOf(10, i) }],
        },
    };

    private static LoadBalancer LoadBalancerOf(int i) => new()
    {
        Metadata = new ObjectMeta { Namespace = Space, Name = $"lb-{i}", Uid = $"lb-{i}-uid", ResourceVersion = "1", CreationTimestamp = DateTimeOffset.UnixEpoch.AddSeconds(i) },
        Spec = new LoadBalancerSpec
        {
            Type = "Public",
            IpFamilies = ["IPv4"],
            NetworkRef = new LocalObjectReference { Name = "net" },
            NetworkInterfaceSelector = new LabelSelector(),
            Ports = [new LoadBalancerPort { Protocol = "TCP", Port = 80 }],
        },
        Status = new LoadBalancerStatus { Ips = [AddressOf(198, i)] },
    };

    private static LoadBalancerRouting RoutingOf(int i, int vips, int targets, int version) => new()
    {
        Metadata = new ObjectMeta
        {
            Namespace = Space,
            Name = $"lb-{i}",
            Uid = $"lb-{i}-routing",
            ResourceVersion = $"{version}",
            OwnerReferences = [new OwnerReference { Kind = "LoadBalancer", Name = $"lb-{i}", Uid = $"lb-{i}-uid", Controller = true }],
        },
        RingGeneration = version,
        Destinations = [.. Enumerable.Range(i, targets).Select(n => n % (vips + Targets)).Select(n => new LoadBalancerDestination
        {
            Ip = AddressOf(10, n),
            Uid = $"nic-{n}-uid",
            TargetRef = new LoadBalancerTargetRef { Uid = $"nic-{n}-uid", Name = $"nic-{n}", ProviderID = $"lodestone://far/v{n}" },
        })],
    };

    private static string AddressOf(int first, int i) => $"{first}.18.{i >> 8}.{i & 255}";

    private static double Round(double ms) => Math.Round(ms, 3);
}
