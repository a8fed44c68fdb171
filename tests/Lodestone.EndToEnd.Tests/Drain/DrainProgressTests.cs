using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli.Drain;

namespace Lodestone.EndToEnd.Tests.Drain;

public sealed class DrainProgressTests
{
    private readonly Host _host = HostOf("host-a", ready: true, "Gateway", "Hypervisor");
    private readonly List<Host> _hosts;
    private readonly LoadBalancer _lb = new() { Metadata = Named("web"), Status = new LoadBalancerStatus() };
    private readonly LoadBalancerRouting _routing = new() { Metadata = Named("web"), RingGeneration = 5 };
    private readonly List<LoadBalancerRoutingSlice> _slices = [];

    public DrainProgressTests()
    {
        _host.Status!.AnnouncedAddresses = 0;
        _hosts = [_host, HostOf("host-b", ready: true, "Gateway")];
        Report("host-a", 5);
        Report("host-b", 5);
    }

    [Fact]
    public void Of_NothingOnIt_IsDone()
    {
        _routing.Destinations = [DestinationOn("host-b")];
        DrainProgress progress = Look();
        Assert.True(progress.IsDone);
        Assert.Equal("takes no new flows", progress.ToString());
    }

    [Fact]
    public void Of_AddressesAndTargets_AreCounted()
    {
        _host.Status!.AnnouncedAddresses = 1;
        _routing.Destinations = [DestinationOn("host-a"), DestinationOn("host-b")];
        _routing.Slices = [new RoutingSliceRef { Name = "web-1" }];
        _slices.Add(new LoadBalancerRoutingSlice { Metadata = Named("web-1"), Destinations = [DestinationOn("host-a")] });
        _slices.Add(new LoadBalancerRoutingSlice { Metadata = Named("left-over"), Destinations = [DestinationOn("host-a")] });

        DrainProgress progress = Look();

        Assert.False(progress.IsDone);
        Assert.Equal("announces 1 address; 2 targets take new flows", progress.ToString());
    }

    [Fact]
    public void Of_AgentThatIsGone_AnnouncesNothing()
    {
        _host.Status!.AnnouncedAddresses = 7;
        _host.Status.Conditions![0].Status = "False";
        Assert.True(Look().IsDone);
    }

    [Fact]
    public void Of_GatewayWithAnOlderRing_IsWaitedForWhileItIsReady()
    {
        _routing.Draining = [new LoadBalancerDraining { TargetRef = DestinationOn("host-a").TargetRef }];
        Report("host-b", 4);
        Assert.Equal("not taken up yet: default/web on host-b", Look().ToString());

        // What doesn't drain here is no concern of ours.
        _routing.Draining[0].TargetRef = DestinationOn("host-b").TargetRef;
        Assert.True(Look().IsDone);

        _routing.Draining[0].TargetRef = DestinationOn("host-a").TargetRef;
        _hosts[1].Status!.Conditions![0].Status = "False";
        Assert.True(Look().IsDone);
    }

    [Fact]
    public void OtherGateways_DrainedOrNotReady_DoNotCount()
    {
        Assert.Equal(["host-b"], DrainProgress.OtherGateways("host-a", _hosts));
        _hosts[1].Spec.Drain = true;
        Assert.Empty(DrainProgress.OtherGateways("host-a", _hosts));
        _hosts[1] = HostOf("host-b", ready: false, "Gateway");
        Assert.Empty(DrainProgress.OtherGateways("host-a", _hosts));
        _hosts[1] = HostOf("host-b", ready: true, "Hypervisor");
        Assert.Empty(DrainProgress.OtherGateways("host-a", _hosts));
    }

    private DrainProgress Look() => DrainProgress.Of(_host, _hosts, [_lb], [_routing], _slices);

    private void Report(string gateway, long ringGeneration)
    {
        List<LoadBalancerGateway> gateways = _lb.Status!.Gateways ??= [];
        gateways.RemoveAll(g => g.Name == gateway);
        gateways.Add(new LoadBalancerGateway { Name = gateway, State = LoadBalancerGatewayStates.Programmed, RingGeneration = ringGeneration });
    }

    private static ObjectMeta Named(string name) => new() { Namespace = "default", Name = name };

    private static LoadBalancerDestination DestinationOn(string host) => new() { TargetRef = new LoadBalancerTargetRef { ProviderID = $"lodestone://{host}/eth1" } };

    private static Host HostOf(string name, bool ready, params string[] roles) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new HostSpec { Roles = [.. roles] },
        Status = new HostStatus { Conditions = [new Condition { Type = "Ready", Status = ready ? "True" : "False" }] },
    };
}
