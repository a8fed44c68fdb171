using Lodestone.Api.Cluster;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Validation;
using Lodestone.Controllers.LoadBalancers;
using Lodestone.Controllers.Services;
using Xunit;

namespace Lodestone.Controllers.Tests.Services;

/// <summary>Names of what is made for Services, and what their status says.</summary>
public sealed class ServiceReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("web", "svc-web")]
    [InlineData("abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-01234", "svc-abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-01234")]
    public void LoadBalancerOf_Name_IsReadable(string service, string expected) => Assert.Equal(expected, ServiceNames.LoadBalancerOf(service));

    [Fact]
    public void LoadBalancerOf_LongNames_AreLabelsAndDiffer()
    {
        string[] names = [.. Enumerable.Range(0, 50).Select(i => ServiceNames.LoadBalancerOf($"a{new string('b', 59)}{i:D2}"))];

        Assert.Equal(50, names.Distinct().Count());
        Assert.All(names, n => Assert.Empty(Names.CheckDnsLabel(n)));
        Assert.Equal(ServiceNames.LoadBalancerOf(new string('c', 63)), ServiceNames.LoadBalancerOf(new string('c', 63)));
    }

    [Theory]
    [InlineData("LoadBalancer", "lodestone.dev/lb", true)]
    [InlineData("LoadBalancer", null, false)]
    [InlineData("LoadBalancer", "example.com/other", false)]
    [InlineData("ClusterIP", "lodestone.dev/lb", false)]
    public void IsOurs_TypeAndClass_Decide(string type, string? @class, bool expected) =>
        Assert.Equal(expected, ServiceNames.IsOurs(Cases.Service("web", s => (s.Type, s.LoadBalancerClass) = (type, @class))));

    [Fact]
    public void Build_Service_BecomesALoadBalancerOfItsPortsFamiliesAndLabels()
    {
        Service service = Cases.Service("web", s => s.Ports = [new ServicePort { Port = 53, Protocol = "UDP" }, new ServicePort { Port = 80 }]);
        service.Metadata.Labels = new Dictionary<string, string> { ["pool"] = "blue" };
        service.Metadata.Uid = "u";

        LoadBalancer lb = ServiceLoadBalancers.Build(service);

        Assert.Equal(["UDP 53", "TCP 80"], lb.Spec.Ports!.Select(p => $"{p.Protocol} {p.Port}"));
        Assert.Equal(["IPv4", "IPv6"], lb.Spec.IpFamilies!);
        Assert.Equal(("blue", "web"), (lb.Metadata.Labels!["pool"], lb.Metadata.Labels[ServiceNames.Label]));
        Assert.True(ServiceNames.IsMadeFor(lb, service));
        Assert.True(LoadBalancerAcceptance.Of(lb, null).IsTrue);
    }

    [Fact]
    public void Of_AddressesAppearWhenProgrammed_AndStayWhileTheyAreHeld()
    {
        Service service = Cases.Service();
        LoadBalancer lb = LoadBalancer(false, "198.51.100.1", "2001:db8::1");
        Assert.Empty(Report(service, lb));

        lb = LoadBalancer(true, "198.51.100.1", "2001:db8::1");
        Assert.Equal(["198.51.100.1 VIP", "2001:db8::1 VIP"], Report(service, lb));

        // A gateway that comes is not programmed for a moment.
        Assert.Equal(["198.51.100.1 VIP", "2001:db8::1 VIP"], Report(service, LoadBalancer(false, "198.51.100.1", "2001:db8::1", "198.51.100.9")));
        Assert.Equal(["2001:db8::1 VIP"], Report(service, LoadBalancer(false, "2001:db8::1")));
        Assert.Empty(Report(service, null));
    }

    [Fact]
    public void Of_Obstacle_NothingNewIsPublished()
    {
        Service service = Cases.Service();
        var report = ServiceReport.Of(service, LoadBalancer(true, "198.51.100.1"), new Finding(false, "NoNodes", "none"), []);

        Assert.Empty(report.Ingress);
        Assert.Equal("NoNodes", report.Served.Reason);
    }

    [Fact]
    public void Apply_OlderClusterThatDropsTheMode_ChangesNothing()
    {
        Service service = Cases.Service();
        service.Status = new ServiceStatus { LoadBalancer = new ServiceLoadBalancer { Ingress = [new ServiceIngress { Ip = "198.51.100.1" }] } };

        Assert.Equal(["198.51.100.1 "], Report(service, LoadBalancer(true, "198.51.100.1")));
    }

    [Fact]
    public void Ignored_WantedAddress_IsTold() =>
        Assert.Contains("198.51.100.7", Assert.Single(ServiceLoadBalancers.Ignored(Cases.Service("web", s => s.LoadBalancerIP = "198.51.100.7"))), StringComparison.Ordinal);

    [Fact]
    public void Clear_LeavesWhatIsOthers()
    {
        var status = new ServiceStatus { Conditions = [new Condition { Type = "Other", Status = "True" }] };
        ServiceReport.Of(Cases.Service(), LoadBalancer(true, "198.51.100.1"), null, []).Apply(status, 1, Now);

        ServiceReport.Clear(status);

        Assert.Equal("Other", Assert.Single(status.Conditions!).Type);
        Assert.Null(status.LoadBalancer!.Ingress);
    }

    private static LoadBalancer LoadBalancer(bool isProgrammed, params string[] ips) => new()
    {
        Status = new LoadBalancerStatus { Ips = [.. ips], Conditions = [new Condition { Type = "Programmed", Status = isProgrammed ? "True" : "False" }] },
    };

    private static IEnumerable<string> Report(Service service, LoadBalancer? lb)
    {
        service.Status ??= new ServiceStatus();
        ServiceReport.Of(service, lb, null, []).Apply(service.Status, 1, Now);
        return ServiceReport.IngressOf(service).Select(i => $"{i.Ip} {i.IpMode}");
    }
}
