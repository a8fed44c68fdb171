using System.Net;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Agent.Trace;
using Lodestone.Bpf;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Trace;
using Lodestone.Linux.Kernel;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Xunit;

namespace Lodestone.Agent.Tests.Trace;

/// <summary>A machine that is a network namespace: the programs attached to its uplink, the maps filled from a <see cref="Tests.World"/>.</summary>
internal sealed class TracedMachine : IDisposable
{
    private static readonly DatapathCapacities Capacities =
        new() { VipSlots = 64, RingSlots = 4096, Reals = 16, FlowBuckets = 64, PortBitmaps = 1, Nics = 16, NicSources = 64 };

    private readonly string _name = $"lodestone-{Guid.NewGuid():N}"[..20];
    private readonly NetworkNamespace _namespace;
    private readonly DatapathPins _pins;
    private readonly KernelDatapath _datapath;

    public TracedMachine()
    {
        if (!BpfFileSystem.IsMountedAt())
        {
            BpfFileSystem.Mount();
        }

        _namespace = NetworkNamespace.Create(_name);
        _pins = new DatapathPins(Path.Combine(BpfFileSystem.DefaultPath, _name));
        (UplinkIfindex, ClientIfindex) = _namespace.Run(() =>
        {
            using RtNetlink netlink = RtNetlink.Open();
            netlink.AddVeth(new VethEnd("uplink"), new VethEnd("uplink-far"));
            netlink.AddVeth(new VethEnd("client"), new VethEnd("client-far"));
            return (netlink.GetLink("uplink").Index, (uint)netlink.GetLink("client").Index);
        });
        _datapath = _namespace.Run(() =>
        {
            KernelDatapath loaded = KernelDatapath.Load(_pins.Directory, Capacities);
            loaded.AttachUplink((uint)UplinkIfindex);
            loaded.AttachNic(ClientIfindex);
            return loaded;
        });
    }

    public World World { get; } = new();

    public int UplinkIfindex { get; }

    /// <summary>The device of a workload, which a test run at a NIC needs; those of the others are made up.</summary>
    public uint ClientIfindex { get; }

    public IDatapathMaps Maps => _datapath.Maps;

    public string PinDirectory => _pins.Directory;

    /// <summary>What the agent does with the world as it is now.</summary>
    public void Apply()
    {
        WorldSnapshot snapshot = World.Snapshot();
        var applier = new DatapathApplier(_datapath.Maps, new ManualTime(World.Start));
        applier.Configure(new FlowSeed(0x243f6a8885a308d3, 0x13198a2e03707344), snapshot.Underlay);
        ApplyResult result = applier.Apply(DesiredState.Compute(snapshot, null, World.Start), snapshot.Underlay);
        Assert.Empty(result.Problems);
    }

    public PacketTrace Trace(TracePacket packet, bool runAttached = false)
    {
        using PinnedDatapath pinned = PinnedDatapath.Open(PinDirectory);
        Assert.Equal(UplinkIfindex, pinned.UplinkIfindex);
        PacketTrace trace = PacketTrace.Take(pinned, packet, TimeProvider.System, runAttached);
        Assert.True(trace.IsConsistent, $"model: {trace.Explanation.Result.Verdict}, program: {trace.Replica.Verdict}");
        Assert.Equal(pinned.Program!.Tag, trace.ReplicaTag);
        return trace;
    }

    /// <summary>Traces a packet that the workload at <see cref="ClientIfindex"/> sends.</summary>
    public PacketTrace TraceAtNic(TracePacket packet, bool runAttached = false) => _namespace.Run(() =>
    {
        using PinnedDatapath pinned = PinnedDatapath.Open(PinDirectory);
        using BpfProgram program = pinned.OpenNicProgram(ClientIfindex)!;
        PacketTrace trace = PacketTrace.TakeAtNic(pinned, packet, ClientIfindex, TimeProvider.System, runAttached ? program : null);
        Assert.True(trace.IsConsistent, $"model: {trace.Explanation.Result.Verdict}, program: {trace.Replica.Verdict}");
        Assert.Equal(program.Tag, trace.ReplicaTag);
        return trace;
    });

    /// <summary>Writes into a pinned map, as a packet would.</summary>
    public void Record<TKey, TValue>(string map, TKey key, TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        using PinnedDatapath pinned = PinnedDatapath.Open(PinDirectory);
        using BpfMap opened = pinned.Set.OpenMap(map);
        opened.Update(key, value);
    }

    /// <summary>The first packet whose flow falls into a slot of that state.</summary>
    public TracePacket FindFlow(string destination, SlotState state)
    {
        using PinnedDatapath pinned = PinnedDatapath.Open(PinDirectory);
        DatapathMaps maps = pinned.Read();
        return Enumerable.Range(40000, 64).Select(port => Packet(destination, $"192.0.2.10:{port}"))
            .First(packet => PacketExplainer.Explain(maps, packet, packet.ToFrame(default, default), 0).Slot!.State == state);
    }

    public static TracePacket Packet(string destination, string source = "192.0.2.10:40000", TraceProtocol protocol = TraceProtocol.Tcp) =>
        new() { Source = IPEndPoint.Parse(source), Destination = IPEndPoint.Parse(destination), Protocol = protocol };

    public void Dispose()
    {
        _datapath.Dispose();
        _pins.Remove();
        _namespace.Dispose();
        NetworkNamespace.Delete(_name);
    }
}
