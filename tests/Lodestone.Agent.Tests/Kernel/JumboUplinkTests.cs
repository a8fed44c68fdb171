using System.Net;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Kernel;

/// <summary>An uplink of MTU 9000: the program for packets of several buffers is chosen, and large packets come through whole.</summary>
public sealed class JumboUplinkTests : UplinkTestBase
{
    private const int Mtu = 9000;
    private const int PacketBytes = 8900;

    private static readonly DatapathCapacities Capacities = new() { VipSlots = 64, RingSlots = 8192, Reals = 16, FlowBuckets = 64, PortBitmaps = 1, Nics = 16, NicSources = 64 };

    public JumboUplinkTests()
        : base("lsjum", Mtu, new LoadBalancerPort { Protocol = "UDP", Port = 53 }) =>
        World.Hosts.ForEach(host => host.Status = new Lodestone.Api.Platform.HostStatus { MtuBytes = Mtu });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Uplink_OfMtu9000_CarriesLargePackets(bool knowsTheMtu) => Machine.Run(() =>
    {
        using KernelDatapath datapath = KernelDatapath.Load(Pins.Directory, Capacities);
        WorldSnapshot snapshot = World.Snapshot();
        var applier = new DatapathApplier(datapath.Maps, TimeProvider.System);
        applier.Configure(new FlowSeed(1, 2), snapshot.Underlay);
        Assert.Empty(applier.Apply(World.Compute(), snapshot.Underlay).Problems);

        // Where the MTU does not say it, the driver's refusal does.
        datapath.AttachUplink(World.Uplink.Index, knowsTheMtu ? Mtu : 1500);

        Assert.Equal(["xdp-native", "xdp-frags", "tcx"], datapath.Attachment().Features);
        using (var stream = new UdpStream(Client, new IPEndPoint(IPAddress.Parse(Vip), 53), PacketBytes - 28))
        {
            stream.Run(0.2);
            stream.AssertNothingLost(300);
        }

        Assert.True(datapath.Maps.ReadVerdictCounter(Verdict.Forward).Bytes >= 300 * PacketBytes);
    });
}
