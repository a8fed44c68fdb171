using System.Buffers.Binary;
using System.Net;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Api.Networking;
using Lodestone.Cli.Simulate.Agents;
using Lodestone.Cli.Simulate.Site;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Tables;
using Lodestone.Datapath.Trace;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Cli.Simulate.Flows;

/// <summary>A gateway that serves one load balancer: objects, plan, tables, and the model of the packet programs over them.</summary>
internal sealed class SimulatedGateway
{
    private const int MtuBytes = 9000;
    private const ushort Port = 443;
    private const int OuterDestination = EthernetHeader.Size + 24;
    private const int FlowBuckets = 1 << 16;

    /// <summary>The flow table's clock: it stands, so that no record grows old.</summary>
    private static readonly uint Now = FlowTable.Clock(1_000_000_000_000);
    private static readonly FlowSeed Seed = new(0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321);
    private static readonly MacAddress Router = MacAddress.Parse("02:00:00:00:ff:ff");

    private readonly SiteObjects _site;
    private readonly SimulatedTime _time;
    private readonly UnderlayModel _underlay;
    private readonly MemoryDatapathMaps _maps;
    private readonly DatapathApplier _applier;
    private readonly WorldSnapshot _world;
    private readonly IPEndPoint _vip = new(IPAddress.Parse(SiteObjects.VipOf(0)), Port);
    private DesiredState _desired = DesiredState.Empty;
    private DatapathModel? _model;

    /// <param name="site">A site with one load balancer.</param>
    /// <param name="host">Which of its gateways.</param>
    /// <param name="time">The clock.</param>
    public SimulatedGateway(SiteObjects site, int host, SimulatedTime time)
    {
        _site = site;
        _time = time;
        _underlay = new UnderlayModel(
            new LocalDevice("eth0", 1, IsVeth: false, IsUp: true, MtuBytes, MacAddress.Parse("02:00:00:00:00:01")),
            SiteObjects.UnderlayAddressOf(host),
            IPNetwork.Parse(SiteObjects.UnderlayPrefixOf(host)));
        _maps = new MemoryDatapathMaps(AgentRun.CapacitiesOf(site.Scale) with { FlowBuckets = FlowBuckets });
        _applier = new DatapathApplier(_maps, time);
        _applier.Configure(Seed, _underlay);
        _world = new WorldSnapshot
        {
            HostName = SiteObjects.HostName(host),
            IsGateway = true,
            Underlay = _underlay,
            ReadyHosts = Enumerable.Range(0, site.Scale.Hosts).Select(SiteObjects.HostName).ToHashSet(),
            Hosts = [.. Enumerable.Range(0, site.Scale.Hosts).Select(site.Host)],
            Networks = [site.Network(0)],
            NetworkInterfaces = [],
            Prefixes = [],
            LoadBalancers = [site.LoadBalancer(0)],
            Routings = [],
            Devices = new Dictionary<string, LocalDevice>(),
            NextHops = Enumerable.Range(0, site.Scale.Hosts).ToDictionary(SiteObjects.UnderlayAddressOf, _ => Router),
        };
    }

    /// <summary>Slots of the ring that are in transition, and all.</summary>
    public (int Learning, int All) Slots => (_desired.Vips[0].Ring!.CountLearning(), _desired.Vips[0].Ring!.Slots.Length);

    /// <summary>Takes up a routing, at the present time.</summary>
    public void Follow(LoadBalancerRouting routing)
    {
        _desired = DesiredState.Compute(_world with { Routings = [routing] }, _desired, _time.GetUtcNow());
        ApplyResult applied = _applier.Apply(_desired, _underlay);
        if (!applied.Problems.IsEmpty || applied.Programmed.Count != 1)
        {
            throw new InvalidOperationException($"the load balancer is not served: {string.Join("; ", applied.Problems.Concat(_desired.Problems).Select(problem => problem.Message))}");
        }

        _model = new DatapathModel(_maps.ToModel());
    }

    /// <summary>The target that a packet of a flow goes to.</summary>
    public ulong Send(Flow flow, bool startsFlow)
    {
        byte[] frame = new TracePacket
        {
            Source = flow.Client,
            Destination = _vip,
            Protocol = TraceProtocol.Tcp,
            StartsFlow = startsFlow,
        }.ToFrame(_underlay.Uplink.Mac, Router);
        PacketResult result = _model!.AtUplink(frame, Now);
        return result.Verdict == Verdict.Forward
            ? BinaryPrimitives.ReadUInt64BigEndian(result.Packet.AsSpan(OuterDestination + sizeof(ulong)))
            : throw new InvalidOperationException($"a packet of {flow.Client} got verdict {result.Verdict}");
    }

    /// <summary>A target as packets name it.</summary>
    public ulong TargetOf(int nic) => TargetHash.Of(_site.UidOf("NetworkInterface", nic));
}
