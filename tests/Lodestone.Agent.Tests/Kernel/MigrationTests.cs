using System.Net;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Agent.Kernel.Migration;
using Lodestone.Api.Networking;
using Lodestone.Bpf;
using Lodestone.Bpf.Btf;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Tables;
using Xunit;

namespace Lodestone.Agent.Tests.Kernel;

/// <summary>One release replaces another while a client's packets flow through the uplink: maps of another layout or size, there and back.</summary>
public sealed class MigrationTests : UplinkTestBase
{
    private static readonly DatapathCapacities Capacities = new() { VipSlots = 64, RingSlots = 8192, Reals = 16, FlowBuckets = 64, PortBitmaps = 1, Nics = 16, NicSources = 64 };
    private static readonly DatapathCapacities Larger = new() { VipSlots = 128, RingSlots = 16384, Reals = 64, FlowBuckets = 1024, PortBitmaps = 2, Nics = 32, NicSources = 128 };
    private static readonly FlowSeed Seed = new(0x243f6a8885a308d3, 0x13198a2e03707344);

    public MigrationTests()
        : base("lsmig", mtu: 1500, new LoadBalancerPort { Protocol = "UDP", Port = 53 }, new LoadBalancerPort { Protocol = "TCP", Port = 80 })
    {
    }

    [Fact]
    public void Layout1_ItsText_IsThatOfItsObject()
    {
        using Stream text = typeof(KernelDatapath).Assembly.GetManifestResourceStream("layout-1.txt")!;
        using var reader = new StreamReader(text);

        Assert.Equal(LayoutSchema.Of(Releases.Layout1()).ToString(), reader.ReadToEnd());
    }

    [Fact]
    public void Upgrade_FromLayout1AndOnAndBack_NoPacketIsLost()
    {
        StartLayout1();
        using UdpStream stream = Stream();

        Start(LodestoneObjects.Datapath, Capacities);
        string second = OnlySet();
        stream.Run(0.2);
        Start(Releases.NextLayout(), Capacities);
        string third = OnlySet();
        stream.Run(0.2);
        Start(LodestoneObjects.Datapath, Capacities);
        string back = OnlySet();
        stream.Run(0.2);

        Assert.StartsWith("layout2-", second, StringComparison.Ordinal);
        Assert.StartsWith("layout3-", third, StringComparison.Ordinal);
        Assert.Equal(second, back);
        stream.AssertNothingLost(1000);
    }

    [Fact]
    public void Upgrade_SameMapsNewProgram_NoPacketIsLostAndCountersGoOn()
    {
        Start(LodestoneObjects.Datapath, Capacities);
        using UdpStream stream = Stream();
        ulong before = Forwarded();
        for (int i = 0; i < 5; i++)
        {
            Start(LodestoneObjects.Datapath, Capacities);
            stream.Run(0.05);
        }

        stream.AssertNothingLost(300);
        Assert.True(Forwarded() - before >= 300);
    }

    [Fact]
    public void Grow_AndShrink_NoPacketIsLostAndCountersGoOn()
    {
        Start(LodestoneObjects.Datapath, Capacities);
        using UdpStream stream = Stream();
        stream.Run(0.1);
        ulong before = Forwarded();

        Start(LodestoneObjects.Datapath, Larger);
        ulong grown = Forwarded();
        stream.Run(0.1);
        Start(LodestoneObjects.Datapath, Capacities);
        stream.Run(0.1);

        stream.AssertNothingLost(300);
        Assert.True(grown >= before);
        Assert.True(Forwarded() > grown);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Import_RecordedFlow_StaysWithItsRealAtItsNewIndex(bool grow)
    {
        // The record names a real whose index does not fit into the smaller maps.
        (DatapathCapacities from, DatapathCapacities to) = grow ? (Capacities, Larger) : (Larger with { Reals = 32 }, Capacities);
        NetworkInterface previous = World.Nics[0];
        uint old = grow ? 3u : 20u;
        ulong hash = FlowHash.OfIPv4(Seed, 0x0a0200c0, 0x016433c6, 0x5000_d204, 6, 0);
        Run(LodestoneObjects.Datapath, from, datapath =>
        {
            Finish(datapath);
            Real real = datapath.Maps.Reals[1];
            real.Target ^= 1;
            datapath.Maps.Reals[(int)old] = real;
            datapath.Maps.Flows[(int)FlowHash.Bucket(hash, datapath.Maps.Config.FlowMask)].Entries[2] =
                new FlowEntry(1, FlowHash.Tag(hash), FlowState.New, 7, old).Word;
        });

        Run(LodestoneObjects.Datapath, to, datapath =>
        {
            datapath.CompleteMigration(World.Uplink.Index);

            FlowBucket bucket = datapath.Maps.Flows[(int)FlowHash.Bucket(hash, (uint)datapath.Maps.Flows.Length - 1)];
            FlowEntry entry = ((ReadOnlySpan<ulong>)bucket.Entries).ToArray().Select(FlowEntry.FromWord).Single(e => e.Tag == FlowHash.Tag(hash));
            Assert.Equal((FlowState.New, (byte)7), (entry.State, entry.Age));
            Assert.True(entry.Real < to.Reals);
            Assert.Equal(datapath.Maps.Reals[1].Target ^ 1, datapath.Maps.Reals[(int)entry.Real].Target);
            Assert.Equal(grow, entry.Real == old);
        });
        Assert.NotNull(previous);
    }

    [Fact]
    public void Import_SettlingRing_IsStillSettling()
    {
        var content = new MemoryDatapathMaps(Capacities);
        Fill(content);
        content.Rings[5].Previous |= RingSlot.Consult;
        Machine.Run(() => Releases.RunLayout1(Pins.Directory, Capacities, content, (int)World.Uplink.Index));

        Run(LodestoneObjects.Datapath, Capacities, datapath =>
        {
            Apply(datapath);
            Vip vip = datapath.Maps.Vips.ToArray().Single(v => v.Flags != VipFlags.None);

            Assert.Equal(content.Vips.ToArray().Single(v => v.Flags != VipFlags.None).Id, vip.Id);
            Assert.Equal(RingSlot.Consult, datapath.Maps.Rings[(int)vip.RingBase + 5].Previous & (RingSlot.Consult | RingSlot.Learn));
        });
    }

    [Theory]
    [InlineData((int)MigrationStep.Create)]
    [InlineData((int)MigrationStep.Import)]
    [InlineData((int)MigrationStep.Mark)]
    [InlineData((int)MigrationStep.CopyFlows)]
    [InlineData((int)MigrationStep.SwitchUplinkTc)]
    [InlineData((int)MigrationStep.SwitchUplinkXdp)]
    [InlineData((int)MigrationStep.CopyLastFlows)]
    [InlineData((int)MigrationStep.RemoveOld)]
    public void Upgrade_KilledBeforeAStep_ServesOnAndTheNextGoesThrough(int step)
    {
        StartLayout1();
        using UdpStream stream = Stream();
        Assert.Throws<KilledException>(() => Start(LodestoneObjects.Datapath, Larger, at =>
        {
            if ((int)at == step)
            {
                throw new KilledException();
            }
        }));
        stream.Run(0.1);
        stream.AssertNothingLost(50);

        Start(LodestoneObjects.Datapath, Larger);
        stream.Run(0.1);

        stream.AssertNothingLost(100);
        Assert.StartsWith("layout2-", OnlySet(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Pins.Directory));
    }

    [Fact]
    public void Upgrade_KilledThenTheOldReleaseAgain_GoesBack()
    {
        Start(LodestoneObjects.Datapath, Capacities);
        string first = OnlySet();
        using UdpStream stream = Stream();
        Assert.Throws<KilledException>(() => Start(Releases.NextLayout(), Capacities, at =>
        {
            if (at == MigrationStep.SwitchUplinkXdp)
            {
                throw new KilledException();
            }
        }));

        Start(LodestoneObjects.Datapath, Capacities);
        stream.Run(0.1);

        Assert.Equal(first, OnlySet());
        stream.AssertNothingLost(50);
    }

    [Fact]
    public void Upgrade_XdpOffAndOnAgain_LosesNothing()
    {
        Start(LodestoneObjects.Datapath, Capacities);
        using UdpStream stream = Stream();
        foreach ((XdpModeChoice mode, DatapathCapacities capacities) in ((XdpModeChoice, DatapathCapacities)[])
            [(XdpModeChoice.Off, Capacities), (XdpModeChoice.Native, Capacities), (XdpModeChoice.Off, Larger), (XdpModeChoice.Off, Capacities), (XdpModeChoice.Native, Larger)])
        {
            Run(LodestoneObjects.Datapath, capacities, Finish, mode: mode);
            Assert.Equal(mode == XdpModeChoice.Off, Machine.Run(() => Pins.Serving()!.Value.IsTc));
            stream.Run(0.1);
        }

        stream.AssertNothingLost(250);
        Assert.NotNull(OnlySet());
    }

    private void StartLayout1()
    {
        var content = new MemoryDatapathMaps(Capacities);
        Fill(content);
        Machine.Run(() => Releases.RunLayout1(Pins.Directory, Capacities, content, (int)World.Uplink.Index));
    }

    private void Fill(MemoryDatapathMaps content)
    {
        WorldSnapshot snapshot = World.Snapshot();
        var applier = new DatapathApplier(content, TimeProvider.System);
        applier.Configure(Seed, snapshot.Underlay);
        Assert.Empty(applier.Apply(World.Compute(), snapshot.Underlay).Problems);
    }

    /// <summary>What an agent does from its start to when its maps serve; then it is killed.</summary>
    private void Start(byte[] image, DatapathCapacities capacities, Action<MigrationStep>? before = null) => Run(image, capacities, Finish, before);

    private void Finish(KernelDatapath datapath)
    {
        if (!datapath.IsServedByOthers)
        {
            Configure(datapath);
            datapath.AttachUplink(World.Uplink.Index);
        }

        Apply(datapath);
        datapath.CompleteMigration(World.Uplink.Index);
    }

    private void Configure(KernelDatapath datapath) => new DatapathApplier(datapath.Maps, TimeProvider.System).Configure(Seed, World.Snapshot().Underlay);

    private void Apply(KernelDatapath datapath)
    {
        Configure(datapath);
        WorldSnapshot snapshot = World.Snapshot();
        Assert.Empty(new DatapathApplier(datapath.Maps, TimeProvider.System).Apply(World.Compute(), snapshot.Underlay).Problems);
    }

    private void Run(
        byte[] image, DatapathCapacities capacities, Action<KernelDatapath> use, Action<MigrationStep>? before = null, XdpModeChoice mode = XdpModeChoice.Auto) => Machine.Run(() =>
    {
        using KernelDatapath datapath = KernelDatapath.LoadImage(image, Pins.Directory, capacities, new AttachOptions { Mode = mode }, before);
        use(datapath);
    });

    private string OnlySet() => Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(Pins.Directory, "sets"))));

    private ulong Forwarded()
    {
        using BpfMap verdicts = BpfMap.OpenPinned(Path.Combine(Pins.Directory, "sets", OnlySet(), "verdicts"));
        var cpus = new Counter[BpfMap.PossibleCpus];
        Assert.True(verdicts.TryLookupPerCpu((uint)Verdict.Forward, cpus.AsSpan()));
        return cpus.Aggregate(0ul, (sum, cpu) => sum + cpu.Packets);
    }

    private UdpStream Stream() => new(Client, new IPEndPoint(IPAddress.Parse(Vip), 53));

    private sealed class KilledException : Exception;
}
