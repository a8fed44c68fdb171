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

using XdpMode = Lodestone.Bpf.XdpMode;

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
        _machine.Run(_pins.Remove);
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
    public void AttachUplink_SomebodyElsesProgram_IsRefusedAndNamed()
    {
        _machine.Run(() => XdpPass.Attach((int)IndexOf("uplink")));
        uint theirs = XdpProgram();

        DeviceOccupiedException refused = Assert.Throws<DeviceOccupiedException>(() => Run(datapath =>
        {
            datapath.AttachUplink(IndexOf("uplink"));
            return 0;
        }));

        Assert.Equal(theirs, XdpProgram());
        Assert.Equal(
            $"device uplink (index {IndexOf("uplink")}) already runs XDP program 'xdp_pass' (id {theirs}, native, attached over netlink);"
            + " it is not Lodestone's and is left alone. Take it off with 'ip link set dev uplink xdp off' once nothing needs it, or name another uplink",
            refused.Message);
    }

    [Fact]
    public void AttachUplink_AnotherAgentsLink_IsNamed()
    {
        using BpfObject other = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions());
        using BpfLink held = _machine.Run(() => BpfLink.AttachXdp(other.Programs["lodestone_xdp"], (int)IndexOf("uplink"), XdpModeChoice.Generic));

        DeviceOccupiedException refused = Assert.Throws<DeviceOccupiedException>(() => Run(datapath =>
        {
            datapath.AttachUplink(IndexOf("uplink"));
            return 0;
        }));

        Assert.Contains($"XDP program 'lodestone_xdp' (id {held.ProgramId}, generic, held by link {held.Id})", refused.Message, StringComparison.Ordinal);
        Assert.Contains("another Lodestone agent's", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"'bpftool link detach id {held.Id}'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(XdpModeChoice.Auto, XdpMode.Native)]
    [InlineData(XdpModeChoice.Native, XdpMode.Native)]
    [InlineData(XdpModeChoice.Generic, XdpMode.Generic)]
    [InlineData(XdpModeChoice.Off, XdpMode.None)]
    public void AttachUplink_Choice_IsTheModeAndSurvivesARestart(XdpModeChoice choice, XdpMode expected)
    {
        for (int i = 0; i < 2; i++)
        {
            Run(new AttachOptions { Mode = choice }, datapath =>
            {
                datapath.AttachUplink(IndexOf("uplink"));
                Assert.Equal(expected, datapath.UplinkMode());
                Assert.Null(datapath.WhyNotNative);
                return 0;
            });
        }
    }

    [Fact]
    public void AttachUplink_AnotherChoice_ChangesTheMode()
    {
        foreach ((XdpModeChoice choice, XdpMode expected) in ((XdpModeChoice, XdpMode)[])
            [(XdpModeChoice.Generic, XdpMode.Generic), (XdpModeChoice.Auto, XdpMode.Generic), (XdpModeChoice.Native, XdpMode.Native), (XdpModeChoice.Off, XdpMode.None), (XdpModeChoice.Native, XdpMode.Native)])
        {
            Run(new AttachOptions { Mode = choice }, datapath =>
            {
                datapath.AttachUplink(IndexOf("uplink"));
                Assert.Equal(expected, datapath.UplinkMode());
                return 0;
            });
        }
    }

    [Fact]
    public void AttachUplink_DriverWithoutXdp_IsServedByTcAndSaysWhy()
    {
        Run(datapath =>
        {
            // The loopback device's driver has no XDP.
            datapath.AttachUplink(1);
            Assert.Equal(XdpMode.None, datapath.UplinkMode());
            Assert.Contains("Operation not supported", datapath.WhyNotNative, StringComparison.Ordinal);
            Assert.Equal(["xdp-off", "tcx"], datapath.Attachment().Features);
            return 0;
        });
        Run(datapath =>
        {
            // What tc can't do is left to XDP in the stack.
            datapath.AttachUplink(1, hook: UplinkHook.XdpOnly);
            Assert.Equal(["xdp-generic", "tcx"], datapath.Attachment().Features);
            return 0;
        });
        BpfException refused = Assert.ThrowsAny<BpfException>(() => Run(new AttachOptions { Mode = XdpModeChoice.Native }, datapath =>
        {
            datapath.AttachUplink(1);
            return 0;
        }));
        Assert.Contains("(native): Operation not supported", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AttachNic_NoRoomForAnotherProgram_SaysSo()
    {
        using BpfObject other = BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions());
        var links = new List<BpfLink>();
        try
        {
            // The kernel takes a program once: load it anew for each.
            var objects = new List<BpfObject>();
            for (int i = 0; i < 63; i++)
            {
                objects.Add(BpfObject.Load(LodestoneObjects.Datapath, new BpfLoadOptions { Programs = ["lodestone_up"] }));
                links.Add(_machine.Run(() => BpfLink.AttachTcx(objects[i].Programs["lodestone_up"], (int)IndexOf("v-a"), TcxDirection.Ingress)));
            }

            objects.ForEach(o => o.Dispose());
            DeviceOccupiedException refused = Assert.Throws<DeviceOccupiedException>(() => Run(datapath =>
            {
                datapath.AttachNic(IndexOf("v-a"));
                return 0;
            }));
            Assert.Contains("tcx ingress of device v-a", refused.Message, StringComparison.Ordinal);
            Assert.Contains("(63)", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            links.ForEach(link => link.Dispose());
        }
    }

    [Fact]
    public void TcFilters_InsteadOfTcx_AreReplacedAndRemoved()
    {
        var filters = new AttachOptions { UseTcFilters = true };
        uint first = Run(filters, Attach);
        uint second = Run(filters, Attach);
        uint tcx = Run(new AttachOptions(), Attach);
        uint third = Run(filters, Attach);

        Assert.NotEqual(0u, first);
        Assert.NotEqual(0u, second);
        Assert.NotEqual(first, second);
        Assert.Equal(0u, tcx);
        Assert.NotEqual(0u, third);
        Assert.False(File.Exists(_pins.Nic(IndexOf("v-a"))));
        Assert.Equal([IndexOf("v-a")], _pins.Nics());
        _machine.Run(_pins.Remove);
        Assert.Equal(0u, _machine.Run(() => TcFilter.ProgramAt((int)IndexOf("v-a"))));
        Assert.Equal(0u, _machine.Run(() => TcFilter.ProgramAt((int)IndexOf("uplink"))));

        uint Attach(KernelDatapath datapath)
        {
            datapath.AttachUplink(IndexOf("uplink"));
            datapath.AttachNic(IndexOf("v-a"));
            return TcFilter.ProgramAt((int)IndexOf("v-a"));
        }
    }

    [Fact]
    public void TcFilters_SomebodyElsesFilterInOurPlace_IsRefusedAndNamed()
    {
        using BpfObject other = BpfObject.Load(Releases.Foreign(), new BpfLoadOptions());
        _machine.Run(() => TcFilter.Attach(other.Programs["foreignne_up"], (int)IndexOf("v-a")));

        DeviceOccupiedException refused = Assert.Throws<DeviceOccupiedException>(() => Run(new AttachOptions { UseTcFilters = true }, datapath =>
        {
            datapath.AttachNic(IndexOf("v-a"));
            return 0;
        }));

        Assert.Contains("tc ingress of device v-a", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'foreignne_up'", refused.Message, StringComparison.Ordinal);
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

    private T Run<T>(Func<KernelDatapath, T> use) => Run(new AttachOptions(), use);

    private T Run<T>(AttachOptions options, Func<KernelDatapath, T> use) => _machine.Run(() =>
    {
        using KernelDatapath datapath = KernelDatapath.Load(_pins.Directory, Capacities, options);
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
