using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Controllers.LoadBalancers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Controllers.Tests.LoadBalancers;

public sealed class GatewayAgreementTests
{
    private const string Right = "00000000000000aa", Wrong = "00000000000000bb";
    private static readonly ObjectKey Web = new("default", "web");

    private readonly FakeTimeProvider _time = new();
    private readonly AgreementPatience _patience;
    private readonly LoadBalancer _lb = new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = "web", Generation = 5 },
        Spec = new LoadBalancerSpec { Type = "Public" },
        Status = new LoadBalancerStatus { Ips = ["203.0.113.1"], Gateways = [] },
    };

    public GatewayAgreementTests() => _patience = new AgreementPatience(TimeSpan.FromSeconds(30), _time);

    [Fact]
    public void Of_SameTables_SaysNothing()
    {
        Report("a");
        Report("b");

        Assert.Equal(new GatewayAgreement(null, null, false, null), Decide("a", "b"));
    }

    [Fact]
    public void Of_TablesDiffer_IsToldOnceTheyHaveSettledAndNamesBoth()
    {
        Report("a");
        Report("b", Wrong);

        Assert.Equal(new GatewayAgreement(null, null, true, TimeSpan.FromSeconds(30)), Decide("a", "b"));
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(TimeSpan.FromSeconds(1), Decide("a", "b").RetryAfter);
        _time.Advance(TimeSpan.FromSeconds(1));
        GatewayAgreement told = Decide("a", "b");

        Assert.Equal((false, "TablesDiffer", 5L), (told.Agree!.Value.IsTrue, told.Agree.Value.Reason, told.Generation));
        Assert.StartsWith($"Host a has table {Right} and Host b {Wrong}, both at ring generation 7:", told.Agree.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OneOfThreeDiffers_IsTheOneThatIsNamed()
    {
        Report("a", Wrong);
        Report("b");
        Report("c");
        Decide("a", "b", "c");
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.StartsWith($"Host b has table {Right} and Host a {Wrong}", Decide("a", "b", "c").Agree!.Value.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TheOtherGetsAnotherTable_IsWaitedForAnew()
    {
        Report("a");
        Report("b", Wrong);
        Decide("a", "b");
        _time.Advance(TimeSpan.FromSeconds(29));
        Report("b", "00000000000000cc");

        Assert.Equal(TimeSpan.FromSeconds(30), Decide("a", "b").RetryAfter);
    }

    [Theory]
    [InlineData("ring")]
    [InlineData("generation")]
    [InlineData("failed")]
    [InlineData("no fingerprint")]
    [InlineData("not ready")]
    public void Of_WhatCannotBeCompared_IsNoDisagreement(string what)
    {
        Report("a");
        LoadBalancerGateway b = Report("b", Wrong);
        switch (what)
        {
            case "ring": b.RingGeneration = 6; break;
            case "generation": b.ObservedGeneration = 4; break;
            case "failed": b.State = "Failed"; break;
            case "no fingerprint": b.TableFingerprint = null; break;
        }

        Host[] hosts = [Gateway("a"), Gateway("b", what == "not ready" ? "False" : "True")];
        Assert.Equal(new GatewayAgreement(null, null, false, null), GatewayAgreement.Of(_lb, hosts, (one, other) => _patience.Left(Web, one, other)));
    }

    [Fact]
    public void Of_TheyAgreeAgain_IsTrueOnceAllHaveTheSameGeneration()
    {
        _lb.Status!.Conditions = new List<Condition>().With("GatewaysAgree", false, "TablesDiffer", "", 5, _time.GetUtcNow());
        Report("a");
        LoadBalancerGateway b = Report("b");
        b.RingGeneration = 6;
        Assert.Null(Decide("a", "b").Agree);

        b.RingGeneration = 7;
        Assert.Equal((true, "TablesEqual"), (Decide("a", "b").Agree!.Value.IsTrue, Decide("a", "b").Agree!.Value.Reason));
        Assert.Equal("TablesEqual", Decide("a").Agree!.Value.Reason);
    }

    [Fact]
    public void Of_TheyDifferAnewAfterAChange_TheConditionStaysMeanwhile()
    {
        _lb.Status!.Conditions = new List<Condition>().With("GatewaysAgree", false, "TablesDiffer", "", 5, _time.GetUtcNow());
        Report("a");
        Report("b", Wrong);

        Assert.Null(Decide("a", "b").Agree);
    }

    [Fact]
    public void StateOf_GatewaysDisagree_IsThatReasonWhereAllElseIsTrue()
    {
        List<Condition> conditions = [];
        foreach (string type in (string[])["Accepted", "AddressesAllocated", "NetworkReady", "TargetsReady", "Programmed"])
        {
            conditions.With(type, true, "Fine", "", 1, _time.GetUtcNow());
        }

        Assert.Equal("Ready", LoadBalancerConditions.StateOf(conditions));
        conditions.With("GatewaysAgree", false, "TablesDiffer", "", 1, _time.GetUtcNow());
        Assert.Equal("TablesDiffer", LoadBalancerConditions.StateOf(conditions));
        conditions.With("GatewaysAgree", true, "TablesEqual", "", 1, _time.GetUtcNow());
        Assert.Equal("Ready", LoadBalancerConditions.StateOf(conditions));
        conditions.With("Programmed", false, "PartlyProgrammed", "", 1, _time.GetUtcNow());
        Assert.Equal("PartlyProgrammed", LoadBalancerConditions.StateOf(conditions));
    }

    private static Host Gateway(string name, string ready = "True") => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Status = new HostStatus { Conditions = [new Condition { Type = "Ready", Status = ready }] },
    };

    private GatewayAgreement Decide(params string[] hosts) => GatewayAgreement.Of(_lb, hosts.Select(h => Gateway(h)), (one, other) => _patience.Left(Web, one, other));

    private LoadBalancerGateway Report(string name, string fingerprint = Right)
    {
        _lb.Status!.Gateways!.RemoveAll(g => g.Name == name);
        var entry = new LoadBalancerGateway { Name = name, State = "Programmed", ObservedGeneration = 5, RingGeneration = 7, TableFingerprint = fingerprint };
        _lb.Status.Gateways.Add(entry);
        return entry;
    }
}
