using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Status;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Status;

public sealed class GatewayReportTests
{
    private readonly World _world = new();

    [Fact]
    public void EntryFor_AllInTheDataPath_IsProgrammedWithVipsAndGenerations()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1", "2001:db8::1");
        lb.Metadata.Generation = 3;
        NetworkInterface nic = _world.AddNic("a", 1);
        nic.Spec.Ips!.Add(new IpSource { Value = "2001:db8:5::1" });
        LoadBalancerRouting routing = _world.Route(lb, nic);
        routing.RingGeneration = 7;
        routing.Destinations!.Add(new LoadBalancerDestination { Ip = "2001:db8:5::1", TargetRef = World.ReferenceTo(nic) });

        LoadBalancerGateway entry = EntryFor(lb)!;

        Assert.True(GatewayReport.Same(
            new LoadBalancerGateway
            {
                Name = "host-a",
                State = "Programmed",
                Reason = Reasons.Programmed,
                Message = "198.51.100.1, 2001:db8::1",
                ObservedGeneration = 3,
                RingGeneration = 7,
                TableFingerprint = entry.TableFingerprint,
            },
            entry));
        Assert.Matches("^[0-9a-f]{16}$", entry.TableFingerprint);
    }

    [Fact]
    public void EntryFor_TheTableChanges_TheEntryIsAnother()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb, _world.AddNic("a", 1));
        LoadBalancerGateway before = EntryFor(lb)!;
        _world.Route(lb, _world.AddNic("b", 2));

        Assert.True(GatewayReport.Same(before, before));
        Assert.False(GatewayReport.Same(before, EntryFor(lb)));
    }

    [Fact]
    public void EntryFor_HeardOfAChangeLate_SaysSoAndIsNotCompared()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        NetworkInterface nic = _world.AddNic("a", 1);
        _world.Route(lb, nic);
        var applier = new DatapathApplier(
            new MemoryDatapathMaps(new DatapathCapacities { VipSlots = 8, RingSlots = 4096, Reals = 8, FlowBuckets = 8, PortBitmaps = 1 }), new ManualTime(World.Start));
        AgentState first = _world.ApplyWith(applier);
        _world.Route(lb, nic, _world.AddNic("b", 2)).Metadata.ResourceVersion = "100";

        LoadBalancerGateway entry = new GatewayReport(_world.ApplyWith(applier, first), "host-a").EntryFor(lb, null)!;

        Assert.Equal(
            ("Programmed", "198.51.100.1; heard of a change of targets after its window, so its flows stay where they are for a window of its own"), (entry.State, entry.Message));
        Assert.Null(entry.TableFingerprint);
    }

    [Fact]
    public void EntryFor_NoTargets_IsProgrammedButSaysSo()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb);

        LoadBalancerGateway entry = EntryFor(lb)!;

        Assert.Equal(("Programmed", "198.51.100.1; no target takes new flows of 198.51.100.1"), (entry.State, entry.Message));
    }

    [Fact]
    public void EntryFor_DoesNotFit_FailedSaysWhatToRaiseAndKeepsTheRingItHas()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb, _world.AddNic("a", 1)).RingGeneration = 7;
        var report = new GatewayReport(_world.Apply(new DatapathCapacities { VipSlots = 8, RingSlots = 128 }), "host-a");

        LoadBalancerGateway entry = report.EntryFor(lb, new LoadBalancerGateway { Name = "host-a", RingGeneration = 6 })!;

        Assert.Equal(("Failed", Reasons.CapacityExceeded, 6L), (entry.State, entry.Reason, entry.RingGeneration));
        Assert.EndsWith("a larger --capacity ring-slots=COUNT", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EntryFor_AddressOfAnother_IsFailedThereOnly()
    {
        LoadBalancer first = _world.AddLoadBalancer("first", "198.51.100.1");
        LoadBalancer second = _world.AddLoadBalancer("second", "198.51.100.1");
        second.Metadata.CreationTimestamp = World.Start.AddSeconds(1);

        Assert.Equal("Programmed", EntryFor(first)!.State);
        Assert.Equal(("Failed", Reasons.VipConflict), (EntryFor(second)!.State, EntryFor(second)!.Reason));
    }

    [Fact]
    public void EntryFor_NothingToHold_HasNone()
    {
        LoadBalancer none = _world.AddLoadBalancer("none");
        LoadBalancer inside = _world.AddLoadBalancer("inside", "198.51.100.2");
        inside.Spec.Type = "Internal";
        LoadBalancer going = _world.AddLoadBalancer("going", "198.51.100.3");
        going.Metadata.DeletionTimestamp = World.Start;
        LoadBalancer other = _world.AddLoadBalancer("other", "198.51.100.4");
        AgentState state = _world.Apply();
        other.Metadata.Uid = "of a later object";

        Assert.All([none, inside, going, other], lb => Assert.Null(new GatewayReport(state, "host-a").EntryFor(lb, new LoadBalancerGateway { Name = "host-a" })));
    }

    [Fact]
    public void EntryFor_EveryGateway_ReportsAlsoWhatAnotherAnnounces()
    {
        _world.AddHost("host-c", 3, "Gateway");
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        string[] gateways = ["host-a", "host-c"];

        string[] reporting = [.. gateways.Where(gateway => EntryFor(lb, gateway)?.Name == gateway)];

        Assert.Equal(gateways, reporting);
    }

    [Theory]
    [InlineData(false, false, "somebody at 02:00:00:00:00:66 on eth0 claims it too, so some clients may send there: 198.51.100.1; find that machine and take the address from it, or from the AddressPool")]
    [InlineData(true, false, "somebody at 02:00:00:00:00:66 on eth0 had it before, so it is not announced: 198.51.100.1; find that machine and take the address from it, or from the AddressPool")]
    [InlineData(false, true, "the gateway at 02:00:00:00:00:66 on eth0 claims it too, so some clients may send there: 198.51.100.1; see whether both agents reach the API server")]
    public void EntryFor_AddressThatSomebodyElseClaims_NamesHim(bool isHeldBack, bool isGateway, string message)
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        LoadBalancer other = _world.AddLoadBalancer("api", "198.51.100.2");
        _world.Contested = _world.Contested.Add(
            DatapathAddress.Parse("198.51.100.1"), new ContestedVip(Lodestone.Linux.MacAddress.Parse("02:00:00:00:00:66"), "eth0", isHeldBack, isGateway));

        LoadBalancerGateway entry = EntryFor(lb)!;

        Assert.Equal((LoadBalancerGatewayStates.Programmed, "AddressContested", message), (entry.State, entry.Reason, entry.Message));
        Assert.Equal("Programmed", EntryFor(other)!.Reason);
    }

    [Fact]
    public void EntryFor_MachineThatIsNoGateway_HasNone()
    {
        LoadBalancer lb = _world.AddLoadBalancer("web", "198.51.100.1");
        _world.Route(lb, _world.AddNic("b", 1, "host-b"));

        Assert.Null(EntryFor(lb, "host-b"));
    }

    private LoadBalancerGateway? EntryFor(LoadBalancer lb, string host = "host-a")
    {
        _world.HostName = host;
        return new GatewayReport(_world.Apply(), host).EntryFor(lb, null);
    }
}
