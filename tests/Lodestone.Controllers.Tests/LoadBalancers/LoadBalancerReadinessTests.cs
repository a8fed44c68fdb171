using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Controllers.LoadBalancers;
using Xunit;

namespace Lodestone.Controllers.Tests.LoadBalancers;

public sealed class LoadBalancerReadinessTests
{
    private readonly LoadBalancer _lb = new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = "web", Uid = "lb-uid" },
        Spec = new LoadBalancerSpec
        {
            Type = "Public",
            IpFamilies = ["IPv4"],
            NetworkRef = new LocalObjectReference { Name = "net" },
            NetworkInterfaceSelector = new LabelSelector { MatchLabels = new() { ["app"] = "web" } },
        },
    };

    private readonly Network _network = new() { Metadata = new ObjectMeta { Name = "net" }, Spec = new NetworkSpec(), Status = new NetworkStatus { State = "Available" } };

    [Fact]
    public void Accepted_GoodSpec_IsTrue() => Assert.Equal(new Finding(true, "Accepted", "the spec is understood"), LoadBalancerAcceptance.Of(_lb, _network));

    [Fact]
    public void Accepted_NetworkIsNotThereYet_IsTrue() => Assert.True(LoadBalancerAcceptance.Of(_lb, null).IsTrue);

    [Fact]
    public void Accepted_SpecThatOurServerWouldRefuse_TellsEachField()
    {
        _lb.Spec.NetworkInterfaceSelector!.MatchExpressions = [new LabelSelectorRequirement { Key = "a", Operator = "Like" }];
        _lb.Spec.Ports = [new LoadBalancerPort { Port = 70000 }];

        Finding finding = LoadBalancerAcceptance.Of(_lb, _network);

        Assert.Equal((false, "InvalidSpec"), (finding.IsTrue, finding.Reason));
        Assert.Contains("spec.networkInterfaceSelector.matchExpressions[0].operator: ", finding.Message, StringComparison.Ordinal);
        Assert.Contains("spec.ports[0].port: Invalid value: 70000: ", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("; correct the LoadBalancer", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Accepted_NetworkOfAnotherProvider_NamesBoth()
    {
        _network.Spec!.ProviderID = "other://1";

        Assert.Equal(
            new Finding(false, "NetworkNotOurs", "Network net is another provider's (other://1); use one whose spec.providerID is empty, or lodestone:// and a VNI"),
            LoadBalancerAcceptance.Of(_lb, _network));
    }

    [Fact]
    public void Network_NotAvailable_SaysWhyAsTheNetworkDoes()
    {
        _network.Status = new NetworkStatus { State = "Error", Conditions = [new Condition { Type = "Ready", Status = "False", Message = "VNI 7 is held by Network a/b" }] };

        Assert.Equal(new Finding(false, "NetworkNotAvailable", "Network net is Error: VNI 7 is held by Network a/b"), Of().Network);
        Assert.Equal(new Finding(false, "NetworkNotFound", "Network net doesn't exist; create it"), Of(network: false).Network);
    }

    [Fact]
    public void Targets_SomeTakeFlows_AreCountedAmongTheSelected()
    {
        LoadBalancerReadiness readiness = Of(Routing("a", "b"), true, Nic("a"), Nic("b"), Nic("c", "Pending"), Nic("d", app: "db"));

        Assert.Equal(new Finding(true, "TargetsAvailable", "2 of 3 selected network interfaces take new flows"), readiness.Ready);
        Assert.Equal((2, 3), (readiness.Targets, readiness.Selected));
    }

    [Fact]
    public void Targets_SomeOfWeightZero_DoNotCountAsTakingFlows()
    {
        LoadBalancerRouting routing = Routing("a", "b");
        routing.Destinations![1].Weight = 0;

        LoadBalancerReadiness readiness = Of(routing, true, Nic("a"), Nic("b"));

        Assert.Equal(new Finding(true, "TargetsAvailable", "1 of 2 selected network interfaces take new flows; 1 of weight 0 keep those they have"), readiness.Ready);
        Assert.Equal((1, 2), (readiness.Targets, readiness.Selected));
    }

    [Theory]
    [InlineData(true, "spec.weights of its LoadBalancerPolicy")]
    [InlineData(false, "LoadBalancerRouting web")]
    public void Targets_AllOfWeightZero_TakeNoFlows(bool isSelected, string where)
    {
        LoadBalancerRouting routing = Routing("a", "b");
        routing.Destinations!.ForEach(destination => destination.Weight = 0);
        _lb.Spec.NetworkInterfaceSelector = isSelected ? _lb.Spec.NetworkInterfaceSelector : null;

        LoadBalancerReadiness readiness = Of(routing, true, Nic("a"), Nic("b"));

        Assert.Equal(
            new Finding(false, "AllWeightsZero", $"2 targets of weight 0: what they have they keep, and new flows are dropped; give one a weight above 0 in {where}"),
            readiness.Ready);
        Assert.Equal((0, 2), (readiness.Targets, readiness.Selected));
    }

    [Fact]
    public void Targets_OneThatJustLostItsLabel_NeverMakesMoreThanAll()
    {
        LoadBalancerReadiness readiness = Of(Routing("a", "b"), true, Nic("a"));

        Assert.Equal((2, 2), (readiness.Targets, readiness.Selected));
        Assert.StartsWith("2 of 2 ", readiness.Ready.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "NoTargetSelected", "no NetworkInterface of Network net has the labels that spec.networkInterfaceSelector wants; label some, or correct the selector")]
    [InlineData("Pending Pending Error Pending", "NoTargetAvailable", "none of 4 selected network interfaces is Available: nic-0, nic-1, nic-2, ...; see their conditions")]
    [InlineData("Available", "NoTargetAddress", "none of 1 selected network interfaces has an address of IPv4; give one an address of that family in spec.ips")]
    public void Targets_None_SaysWhatToLookAt(string states, string reason, string message)
    {
        string[] all = states.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(new Finding(false, reason, message), Of(null, true, [.. all.Select((state, i) => Nic($"nic-{i}", state))]).Ready);
    }

    [Fact]
    public void Targets_WithoutAPlace_AreNamed()
    {
        NetworkInterface nic = Nic("a");
        nic.Spec.ProviderID = null;

        Assert.Equal(new Finding(false, "NoTargetPlace", "nothing can be sent to a; give them a spec.providerID, lodestone://HOST/DEVICE"), Of(null, true, nic).Ready);
    }

    [Fact]
    public void Targets_NetworkIsMissing_WaitForIt() =>
        Assert.Equal(new Finding(false, "NetworkNotAvailable", "1 selected network interfaces wait for Network net; see condition NetworkReady"), Of(null, false, Nic("a")).Ready);

    [Fact]
    public void Targets_RoutingOfSomebodyElse_SaysWhoseAndWhatToDo()
    {
        LoadBalancerRouting routing = Routing("a");
        routing.Metadata.OwnerReferences = [new OwnerReference { Kind = "Network", Name = "x", Uid = "other", Controller = true }];

        LoadBalancerReadiness readiness = Of(routing, true, Nic("a"));

        Assert.Equal(new Finding(false, "RoutingNotOwned", "LoadBalancerRouting web is controlled by Network x; delete it, or rename this LoadBalancer"), readiness.Ready);
        Assert.Equal((0, 1), (readiness.Targets, readiness.Selected));
    }

    [Theory]
    [InlineData("", "Pending")]
    [InlineData("Programmed=False=NoGateway", "Pending")]
    [InlineData("Programmed=False=NoGateway Accepted=True=Accepted TargetsReady=False=NoTargetSelected NetworkReady=True=A AddressesAllocated=True=B", "NoTargetSelected")]
    [InlineData("Programmed=False=NoGateway Accepted=True=Accepted TargetsReady=False=X NetworkReady=True=A AddressesAllocated=False=PoolExhausted", "PoolExhausted")]
    [InlineData("Programmed=True=P Accepted=True=Accepted TargetsReady=True=X NetworkReady=True=A AddressesAllocated=True=B Other=False=Ignored", "Ready")]
    public void StateOf_Conditions_IsTheFirstThatIsNotTrue(string conditions, string state) => Assert.Equal(
        state,
        LoadBalancerConditions.StateOf([.. conditions.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(c => c.Split('='))
            .Select(c => new Condition { Type = c[0], Status = c[1], Reason = c[2] })]));

    private static LoadBalancerRouting Routing(params string[] uids) => new()
    {
        Metadata = new ObjectMeta { Name = "web" },
        Destinations = [.. uids.Select(uid => new LoadBalancerDestination { Uid = uid, Ip = "10.0.0.1" })],
    };

    private static NetworkInterface Nic(string name, string state = "Available", string app = "web") => new()
    {
        Metadata = new ObjectMeta { Name = name, Uid = name, Labels = new() { ["app"] = app } },
        Spec = new NetworkInterfaceSpec { ProviderID = $"lodestone://host/{name}" },
        Status = new NetworkInterfaceStatus { State = state },
    };

    private LoadBalancerReadiness Of(LoadBalancerRouting? routing = null, bool network = true, params NetworkInterface[] interfaces) =>
        LoadBalancerReadiness.Of(_lb, network ? _network : null, routing, interfaces);
}
