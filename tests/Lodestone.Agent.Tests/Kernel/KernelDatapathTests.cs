using System.Collections.Immutable;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Kernel;
using Lodestone.Bpf;
using Lodestone.Linux.Kernel;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lodestone.Agent.Tests.Kernel;

/// <summary>Programs, links and pins of a machine that is a network namespace with an uplink and two NIC devices.</summary>
public sealed class KernelDatapathTests : IDisposable
{
    private static readonly DatapathCapacities Capacities = new() { VipSlots = 64, RingSlots = 4096, Reals = 16, FlowBuckets = 64, PortBitmaps = 1, Nics = 16, NicSources = 64 };

    private readonly string _name = $"lodestone-{Guid.NewGuid():N}"[..20];
    private readonly NetworkNamespace _machine;
    private readonly DatapathPins _pins;

    public KernelDatapathTests()
    {
        Privilege.RequireRoot();
        if (!BpfFileSystem.IsMountedAt())
        {
            BpfFileSystem.Mount();
        }

        _machine = NetworkNamespace.Create(_name);
        _pins = new DatapathPins(Path.Combine(BpfFileSystem.DefaultPath, _name));
        AddDevice("uplink");
        AddDevice("v-a");
        AddDevice("v-b");
    }

    public void Dispose()
    {
        _pins.Remove();
        _machine.Dispose();
        NetworkNamespace.Delete(_name);
    }

    [Fact]
    public void AttachUplink_SecondAgent_ReplacesProgramsInTheSameLinks()
    {
        uint first = Run(datapath =>
        {
            datapath.AttachUplink(IndexOf("uplink"));
            return XdpProgram();
        });
        uint link = LinkId(_pins.UplinkXdp);
        uint betweenAgents = XdpProgram();

        uint second = Run(datapath =>
        {
            datapath.AttachUplink(IndexOf("uplink"));
            return XdpProgram();
        });

        Assert.NotEqual(0u, first);
        Assert.Equal(first, betweenAgents);
        Assert.NotEqual(first, second);
        Assert.Equal(link, LinkId(_pins.UplinkXdp));
    }

    [Fact]
    public void Apply_NicComesAndGoes_ItsLinkFollows()
    {
        Run(datapath =>
        {
            var attacher = new NicAttacher(datapath, NullLogger.Instance);
            Assert.Empty(attacher.Apply([Nic("v-a"), Nic("v-b")]));
            Assert.Equal([IndexOf("v-a"), IndexOf("v-b")], datapath.AttachedNics.Order());
            attacher.Apply([Nic("v-b")]);
            Assert.Equal([IndexOf("v-b")], datapath.AttachedNics);
            Assert.False(File.Exists(_pins.Nic(IndexOf("v-a"))));
            return 0;
        });
    }

    [Fact]
    public void Apply_DeviceIsGone_SaysWhy()
    {
        Run(datapath =>
        {
            var attacher = new NicAttacher(datapath, NullLogger.Instance);
            NicModel nic = Nic("v-a");
            _machine.Run(() =>
            {
                using RtNetlink netlink = RtNetlink.Open();
                netlink.DeleteLink((int)nic.Device!.Index);
            });

            ImmutableDictionary<uint, string> failures = attacher.Apply([nic]);

            Assert.Contains("attach program 'lodestone_nic'", failures[nic.Device!.Index], StringComparison.Ordinal);
            Assert.Empty(datapath.AttachedNics);
            return 0;
        });
    }

    [Fact]
    public void Load_AnotherSize_IsRefusedAndNamesTheMap()
    {
        Run(_ => 0);

        BpfException refused = Assert.ThrowsAny<BpfException>(() => _machine.Run(() => KernelDatapath.Load(_pins.Directory, Capacities with { Reals = 32 }).Dispose()));

        Assert.Contains("'reals'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_AfterRestart_FindsItsStateInThePinsAndWritesNothing()
    {
        var world = new World();
        world.Route(world.AddLoadBalancer("web", "198.51.100.1"), world.AddNic("a", 1), world.AddNic("b", 2, "host-b"));
        WorldSnapshot snapshot = world.Snapshot();
        ApplyResult ApplyWorld(KernelDatapath datapath) =>
            new DatapathApplier(datapath.Maps, TimeProvider.System).Apply(DesiredState.Compute(snapshot, null, World.Start), snapshot.Underlay);

        ApplyResult first = Run(ApplyWorld);
        ApplyResult second = Run(ApplyWorld);

        Assert.True(first.Writes > 0);
        Assert.Equal(0, second.Writes);
    }

    [Fact]
    public void Remove_AttachedDatapath_LeavesNothing()
    {
        Run(datapath =>
        {
            datapath.AttachUplink(IndexOf("uplink"));
            datapath.AttachNic(IndexOf("v-a"));
            return 0;
        });

        NodeAgent.Remove(_pins.Directory);

        Assert.False(Directory.Exists(_pins.Directory));
        TestPoll.Until(() => XdpProgram() == 0, "the XDP program is detached");
    }

    private static NicModel Model(LocalDevice device) => new()
    {
        Nic = new Lodestone.Api.Networking.NetworkInterface(),
        Device = device,
        State = "Available",
        Reason = Reasons.Bound,
        Message = "",
    };

    private static uint LinkId(string path)
    {
        using BpfLink link = BpfLink.OpenPinned(path);
        return link.Id;
    }

    private NicModel Nic(string device) => Model(Device(device));

    private T Run<T>(Func<KernelDatapath, T> use) => _machine.Run(() =>
    {
        using KernelDatapath datapath = KernelDatapath.Load(_pins.Directory, Capacities);
        return use(datapath);
    });

    private LocalDevice Device(string name) => DeviceTable.From(Link(name));

    private uint IndexOf(string name) => (uint)Link(name).Index;

    private uint XdpProgram() => Link("uplink").XdpProgramId;

    private LinkInfo Link(string name) => _machine.Run(() =>
    {
        using RtNetlink netlink = RtNetlink.Open();
        return netlink.GetLink(name);
    });

    private void AddDevice(string name) => _machine.Run(() =>
    {
        using RtNetlink netlink = RtNetlink.Open();
        netlink.AddVeth(new VethEnd(name), new VethEnd($"{name}-far"));
        netlink.SetLink(netlink.GetLink(name).Index, new LinkSettings { IsUp = true });
    });
}
