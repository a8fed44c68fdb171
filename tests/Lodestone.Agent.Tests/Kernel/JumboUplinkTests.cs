using System.Net;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Linux.Kernel;
using Lodestone.Linux.Namespaces;
using Xunit;

namespace Lodestone.Agent.Tests.Kernel;

/// <summary>An uplink of MTU 9000: the program for packets of several buffers is chosen, and large packets come through whole.</summary>
public sealed class JumboUplinkTests : IDisposable
{
    private const string Vip = "198.51.100.1";
    private const int Mtu = 9000;
    private const int PacketBytes = 8900;

    private static readonly DatapathCapacities Capacities = new() { VipSlots = 64, RingSlots = 8192, Reals = 16, FlowBuckets = 64, PortBitmaps = 1, Nics = 16, NicSources = 64 };

    private readonly string _name = $"lsjum-{Guid.NewGuid():N}"[..14];
    private readonly NetworkNamespace _machine;
    private readonly NetworkNamespace _client;
    private readonly DatapathPins _pins;
    private readonly World _world = new();

    public JumboUplinkTests()
    {
        Privilege.RequireRoot();
        if (!BpfFileSystem.IsMountedAt())
        {
            BpfFileSystem.Mount();
        }

        _machine = NetworkNamespace.Create(_name);
        _client = NetworkNamespace.Create($"{_name}c");
        _pins = new DatapathPins(Path.Combine(BpfFileSystem.DefaultPath, _name));
        UplinkLab.Connect(_machine, _client, Mtu);
        _world.Uplink = _machine.Run(() => UplinkLab.Device("uplink"));
        NetworkInterface nic = _world.AddNic("b", 2, "host-b");
        _world.Hosts.ForEach(host => host.Status = new Lodestone.Api.Platform.HostStatus { MtuBytes = Mtu });
        LoadBalancer lb = _world.AddLoadBalancer("web", Vip);
        lb.Spec.Ports = [new LoadBalancerPort { Protocol = "UDP", Port = 53 }];
        _world.Route(lb, nic);
        UplinkLab.AddressClient(_client, UnderlayAddress.Derive(World.PrefixOf(2), nic.Metadata.Uid!), Vip);
    }

    public void Dispose()
    {
        _machine.Run(_pins.Remove);
        _machine.Dispose();
        _client.Dispose();
        NetworkNamespace.Delete($"{_name}c");
        NetworkNamespace.Delete(_name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Uplink_OfMtu9000_CarriesLargePackets(bool knowsTheMtu) => _machine.Run(() =>
    {
        using KernelDatapath datapath = KernelDatapath.Load(_pins.Directory, Capacities);
        WorldSnapshot snapshot = _world.Snapshot();
        var applier = new DatapathApplier(datapath.Maps, TimeProvider.System);
        applier.Configure(new FlowSeed(1, 2), snapshot.Underlay);
        Assert.Empty(applier.Apply(_world.Compute(), snapshot.Underlay).Problems);

        // Where the MTU does not say it, the driver's refusal does.
        datapath.AttachUplink(_world.Uplink.Index, knowsTheMtu ? Mtu : 1500);

        Assert.Equal(["xdp-native", "xdp-frags", "tcx"], datapath.Attachment().Features);
        using (var stream = new UdpStream(_client, new IPEndPoint(IPAddress.Parse(Vip), 53), PacketBytes - 28))
        {
            stream.Run(0.2);
            stream.AssertNothingLost(300);
        }

        Assert.True(datapath.Maps.ReadVerdictCounter(Verdict.Forward).Bytes >= 300 * PacketBytes);
    });
}
