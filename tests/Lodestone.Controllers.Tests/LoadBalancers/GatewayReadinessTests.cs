using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.LoadBalancers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Controllers.Tests.LoadBalancers;

public sealed class GatewayReadinessTests
{
    private static readonly ObjectKey Web = new("default", "web");

    private readonly LoadBalancer _lb = new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = "web", Generation = 5 },
        Spec = new LoadBalancerSpec { Type = "Public" },
        Status = new LoadBalancerStatus { Ips = ["203.0.113.1"], Gateways = [] },
    };

    [Fact]
    public void Of_NoGateway_SaysWhatToStart() =>
        Assert.Equal((false, "NoGateway", "there is no Host with role Gateway; start lodestone agent --role gateway on a machine that is to announce the addresses"), Decide());

    [Fact]
    public void Of_OnlyGatewayIsBeingDeleted_ThereIsNone()
    {
        Host host = Gateway("a");
        host.Metadata.DeletionTimestamp = DateTimeOffset.UnixEpoch;

        Assert.Equal("NoGateway", Decide(host).Reason);
    }

    [Fact]
    public void Of_NoAddress_PointsToTheConditionThatTells()
    {
        _lb.Status!.Ips = null;

        Assert.Equal((false, "NoAddress", "there is no address to serve; see condition AddressesAllocated"), Decide(Gateway("a")));
    }

    [Fact]
    public void Of_InternalWithoutInterfaces_HasNobodyToServe()
    {
        _lb.Spec.Type = "Internal";
        _lb.Spec.NetworkRef = new LocalObjectReference { Name = "net" };

        Assert.Equal((false, "NoHost", "no NetworkInterface of Network net is Available on a Host: there is nobody to serve"), Decide());
    }

    [Fact]
    public void Of_Internal_CountsHosts()
    {
        _lb.Spec.Type = "Internal";
        Report("a");

        Assert.Equal("1 of 2 hosts; Host b has not reported yet; look at its agent's log", Decide(Gateway("a"), Gateway("b")).Message);
        Assert.Equal((true, "Programmed", "1 of 1 hosts"), Decide(Gateway("a")));
    }

    [Fact]
    public void Of_AllReport_IsTrueAndCounts()
    {
        Report("a");
        Report("b");
        Report("no longer a gateway", "Failed");

        Assert.Equal((true, "Programmed", "2 of 2 gateways"), Decide(Gateway("a"), Gateway("b")));
    }

    [Fact]
    public void Of_SomeReport_NamesEachOtherAndWhy()
    {
        Report("a");
        Report("b", "Failed", "VipConflict", "address 203.0.113.1 is served for load balancer x/y");
        Report("c");

        (bool isTrue, string reason, string message) = Decide(
            Gateway("d"), Gateway("c", ready: false), Gateway("b"), Gateway("a"), new Host { Metadata = new ObjectMeta { Name = "e" } });

        Assert.Equal((false, "PartlyProgrammed"), (isTrue, reason));
        Assert.Equal(
            "1 of 5 gateways; Host b: address 203.0.113.1 is served for load balancer x/y; Host c is not Ready (LeaseExpired: gone); Host d has not reported yet; look at its agent's log; and 1 more",
            message);
    }

    [Fact]
    public void Of_NoneReports_ForOneReason_GivesThat()
    {
        Report("a", "Failed", "PortInvalid", "m");
        Report("b", "Failed", "PortInvalid", "m");

        Assert.Equal("PortInvalid", Decide(Gateway("a"), Gateway("b")).Reason);
    }

    [Fact]
    public void Of_NoneReports_ForDifferentReasons_IsNotProgrammed()
    {
        Report("a", "Failed", "PortInvalid", "m");

        Assert.Equal("NotProgrammed", Decide(Gateway("a"), Gateway("b", ready: false)).Reason);
    }

    [Fact]
    public void Of_SomeHaveNotReportedYet_IsPendingNotBroken()
    {
        Report("a");

        Assert.Equal("GatewayPending", Decide(Gateway("a"), Gateway("b")).Reason);
    }

    [Theory]
    [InlineData(4, 9, true)]
    [InlineData(5, 8, true)]
    [InlineData(null, 9, true)]
    [InlineData(5, null, true)]
    [InlineData(5, 9, false)]
    [InlineData(6, 10, false)]
    public void Of_GatewayWithOtherGenerations_IsBehindWhereTheyAreOlder(int? generation, int? ring, bool isBehind)
    {
        Report("a", generation: generation, ring: ring);
        Host[] gateways = [Gateway("a")];
        var routing = new LoadBalancerRouting { RingGeneration = 9 };

        var waiting = GatewayReadiness.Of(_lb, routing, gateways, _ => TimeSpan.FromSeconds(3));
        var impatient = GatewayReadiness.Of(_lb, routing, gateways, _ => TimeSpan.Zero);

        Assert.True(waiting.Programmed.IsTrue);
        Assert.Equal((isBehind, isBehind ? TimeSpan.FromSeconds(3) : null), (waiting.IsAnyBehind, waiting.RetryAfter));
        Assert.Equal(generation == 4 ? 4 : 5, waiting.Generation);
        Assert.Equal((!isBehind, isBehind ? "GatewayBehind" : "Programmed", 5L, (TimeSpan?)null), (impatient.Programmed.IsTrue, impatient.Programmed.Reason, impatient.Generation, impatient.RetryAfter));
    }

    [Fact]
    public void Patience_GatewayThatGetsOn_IsWaitedForAnew()
    {
        var time = new FakeTimeProvider();
        var patience = new GatewayPatience(TimeSpan.FromSeconds(10), time);
        LoadBalancerGateway stuck = new() { Name = "a", ObservedGeneration = 1, RingGeneration = 1 };

        Assert.Equal(TimeSpan.FromSeconds(10), patience.Left(Web, stuck));
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(TimeSpan.FromSeconds(10), patience.Left(Web, new() { Name = "b", ObservedGeneration = 1, RingGeneration = 1 }));
        Assert.Equal(TimeSpan.FromSeconds(1), patience.Left(Web, stuck));
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(TimeSpan.Zero, patience.Left(Web, stuck));
        Assert.Equal(TimeSpan.FromSeconds(10), patience.Left(Web, new() { Name = "a", ObservedGeneration = 1, RingGeneration = 2 }));
        patience.Forget(Web);
        Assert.Equal(TimeSpan.FromSeconds(10), patience.Left(Web, stuck));
    }

    private static Host Gateway(string name, bool ready = true) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new HostSpec { Roles = ["Gateway"] },
        Status = new HostStatus
        {
            Conditions = [ready ? new Condition { Type = "Ready", Status = "True" } : new Condition { Type = "Ready", Status = "False", Reason = "LeaseExpired", Message = "gone" }],
        },
    };

    private void Report(string name, string state = "Programmed", string reason = "Programmed", string message = "m", int? generation = 5, int? ring = null) =>
        _lb.Status!.Gateways!.Add(new LoadBalancerGateway
        {
            Name = name,
            State = state,
            Reason = reason,
            Message = message,
            ObservedGeneration = generation,
            RingGeneration = ring,
        });

    private (bool IsTrue, string Reason, string Message) Decide(params Host[] gateways)
    {
        Finding finding = GatewayReadiness.Of(_lb, null, gateways, _ => TimeSpan.Zero).Programmed;
        return (finding.IsTrue, finding.Reason, finding.Message);
    }
}
