using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Xunit;

namespace Lodestone.Api.Tests.Networking;

public class LoadBalancerStrategyTests
{
    private static readonly ResourceStrategy Strategy = ResourceDefinitions.LoadBalancer.Strategy;

    [Theory]
    [InlineData("type: Public, ipFamilies: [IPv4], networkRef: {name: net}")]
    [InlineData("type: Public, ipFamilies: [IPv4, IPv6], networkRef: {name: net}, networkInterfaceSelector: {}, ports: []")]
    [InlineData("type: Internal, ipFamilies: [IPv4], networkRef: {name: net}")]
    [InlineData("type: Internal, networkRef: {name: net}, ips: [{value: 10.0.0.1}, {value: 'fd00::1'}]")]
    [InlineData("type: Internal, ipFamilies: [IPv4], networkRef: {name: net}, ips: [{ephemeral: {prefixTemplate: {spec: {parentRef: {name: pool-a}}}}}]")]
    [InlineData("type: Public, ipFamilies: [IPv4], networkRef: {name: net}, ports: [{port: 1}, {port: 2, endPort: 65535}, {protocol: UDP, port: 1}, {protocol: SCTP, port: 1}]")]
    public void Validate_GoodSpec_HasNoErrors(string spec) => Assert.Empty(Errors(spec));

    [Theory]
    [InlineData("ipFamilies: [IPv4], networkRef: {name: net}", "spec.type: Required value: must specify type")]
    [InlineData("type: x, ipFamilies: [IPv4], networkRef: {name: net}", "spec.type: Unsupported value: \"x\": supported values: \"Internal\", \"Public\"")]
    [InlineData("type: Public, networkRef: {name: net}", "spec.ipFamilies: Required value: must specify ip families")]
    [InlineData("type: Public, networkRef: {name: net}, ipFamilies: [IPv4, '']", "spec.ipFamilies[1]: Required value: must specify ipFamily")]
    [InlineData("type: Public, networkRef: {name: net}, ipFamilies: [IPv5]", "spec.ipFamilies[0]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"")]
    [InlineData("type: Public, networkRef: {name: net}, ipFamilies: [IPv4, IPv6, IPv4]", "spec.ipFamilies[2]: Duplicate value: \"IPv4\"")]
    [InlineData(
        "type: Internal, networkRef: {name: net}, ipFamilies: [IPv4, IPv6], ips: [{value: 10.0.0.1}]",
        "spec.ips: Invalid value: [{\"value\":\"10.0.0.1\"}]: ip families must match ips")]
    [InlineData(
        "type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{value: 'fd00::1'}]",
        "spec.ips[0].value: Invalid value: \"fd00::1\": expected ip family IPv4 but got IPv6")]
    [InlineData("type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{value: 10.0.0.256}]", "spec.ips[0].value: Invalid value: \"10.0.0.256\": must specify a valid ip")]
    [InlineData("type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{}]", "spec.ips[0]: Invalid value: null: must specify an ip source")]
    [InlineData(
        "type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{ephemeral: {}}]",
        "spec.ips[0].ephemeral.prefixTemplate: Required value: must specify a prefix template")]
    [InlineData(
        "type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{value: 10.0.0.1, ephemeral: {prefixTemplate: {spec: {parentRef: {name: p}}}}}]",
        "spec.ips[0].ephemeral: Invalid value: \"lb-0\": cannot specify multiple ip sources")]
    [InlineData(
        "type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{ephemeral: {prefixTemplate: {metadata: {name: x}, spec: {parentRef: {name: p}}}}}]",
        "spec.ips[0].ephemeral.prefixTemplate.metadata.name: Forbidden: cannot be set for an ephemeral prefix")]
    [InlineData(
        "type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{ephemeral: {prefixTemplate: {spec: {ipFamily: IPv6, parentRef: {name: p}}}}}]",
        "spec.ips[0].ephemeral.prefixTemplate.spec.ipFamily: Forbidden: expected ip family IPv4 but got IPv6")]
    [InlineData(
        "type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{ephemeral: {prefixTemplate: {spec: {prefixLength: 24, parentRef: {name: p}}}}}]",
        "spec.ips[0].ephemeral.prefixTemplate.spec.prefixLength: Forbidden: must be a single IP")]
    [InlineData(
        "type: Internal, networkRef: {name: net}, ipFamilies: [IPv4], ips: [{ephemeral: {prefixTemplate: {spec: {prefix: 10.0.0.0/24, parentRef: {name: p}}}}}]",
        "spec.ips[0].ephemeral.prefixTemplate.spec.prefix: Forbidden: must be a single IP")]
    [InlineData(
        "type: Public, networkRef: {name: net}, ipFamilies: [IPv4], networkInterfaceSelector: {matchExpressions: [{key: app, operator: In}]}",
        "spec.networkInterfaceSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'")]
    [InlineData(
        "type: Public, networkRef: {name: net}, ipFamilies: [IPv4], networkInterfaceSelector: {matchExpressions: [{key: app, operator: Like}]}",
        "spec.networkInterfaceSelector.matchExpressions[0].operator: Invalid value: \"Like\": not a valid selector operator")]
    public void Validate_OneBadField_TellsIt(string spec, string expected) => Assert.Equal([expected], Errors(spec));

    // Each port is told on its own and once, wherever it stands: the first of its protocol as well as the third.
    [Theory]
    [InlineData("{port: 0}", "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive")]
    [InlineData("{port: 70000}", "spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive")]
    [InlineData("{port: 1}, {port: 2}, {port: -5}", "spec.ports[2].port: Invalid value: -5: must be between 1 and 65535, inclusive")]
    [InlineData("{port: 80, endPort: 65536}", "spec.ports[0].endPort: Invalid value: 65536: must be between 1 and 65535, inclusive")]
    [InlineData("{port: 80, endPort: 79}", "spec.ports[0].endPort: Forbidden: endPort 79 must be >= port 80")]
    [InlineData("{port: 80, protocol: FOO}", "spec.ports[0].protocol: Unsupported value: \"FOO\": supported values: \"SCTP\", \"TCP\", \"UDP\"")]
    [InlineData("{port: 80, protocol: ''}", "spec.ports[0].protocol: Required value: must specify protocol")]
    [InlineData("{port: 80}, {port: 80, protocol: TCP}", "spec.ports[1]: Forbidden: port range [80 80] overlaps with port range [80 80]")]
    [InlineData("{port: 10, endPort: 20}, {port: 1, endPort: 10}", "spec.ports[1]: Forbidden: port range [1 10] overlaps with port range [10 20]")]
    [InlineData("{port: 1}, {port: 9}, {port: 5, endPort: 99}", "spec.ports[2]: Forbidden: port range [5 99] overlaps with port range [9 9]")]
    public void Validate_OneBadPort_TellsItOnce(string ports, string expected) =>
        Assert.Equal([expected], Errors($"type: Public, networkRef: {{name: net}}, ipFamilies: [IPv4], ports: [{ports}]"));

    [Fact]
    public void Validate_SameAddressTwice_TellsDuplicate()
    {
        string[] errors = Errors("type: Internal, networkRef: {name: net}, ipFamilies: [IPv6, IPv4], ips: [{value: 'fd00::1'}, {value: 'fd00:0::1'}]");

        Assert.Contains("spec.ips[1].value: Duplicate value: \"fd00:0::1\"", errors);
    }

    [Fact]
    public void Validate_NoNetwork_IsInvalidName() =>
        Assert.StartsWith("spec.networkRef.name: Invalid value: \"\": a lowercase RFC 1123 subdomain", Assert.Single(Errors("type: Public, ipFamilies: [IPv4]")));

    [Fact]
    public void Validate_ManyProblems_TellsEachInFieldOrder()
    {
        string[] errors = Errors("type: x, ipFamilies: [IPv5], ports: [{port: 0}, {port: 80, endPort: 1, protocol: FOO}]");

        Assert.Equal(
            ["spec.type", "spec.ipFamilies[0]", "spec.networkRef.name", "spec.ports[0].port", "spec.ports[1].protocol", "spec.ports[1].endPort"],
            errors.Select(e => e.Split(": ")[0]));
    }

    [Theory]
    [InlineData("type: Internal, ipFamilies: [IPv4], networkRef: {name: net}", "spec.type: Forbidden: field is immutable")]
    [InlineData("type: Public, ipFamilies: [IPv4], networkRef: {name: other}", "spec.networkRef: Forbidden: field is immutable")]
    public void ValidateUpdate_ImmutableField_IsForbidden(string spec, string expected) =>
        Assert.Equal([expected], Document.UpdateErrors<LoadBalancer>(Yaml(spec), Yaml("type: Public, ipFamilies: [IPv4], networkRef: {name: net}")));

    [Theory]
    [InlineData("ips: [{value: 10.0.0.1}, {value: 'fd00::1'}]", "IPv4,IPv6", null)]
    [InlineData("ips: [{ephemeral: {prefixTemplate: {spec: {ipFamily: IPv6}}}}]", "IPv6", 128)]
    [InlineData("ipFamilies: [IPv4], ips: [{ephemeral: {prefixTemplate: {}}}]", "IPv4", 32)]
    [InlineData("ipFamilies: [IPv4], ips: [{ephemeral: {prefixTemplate: {spec: {prefix: 10.0.0.1/32}}}}]", "IPv4", null)]
    [InlineData("ipFamilies: [IPv4]", "IPv4", null)]
    public void Default_Families_AreDerivedFromIpsAndFilledIntoTemplates(string spec, string families, int? prefixLength)
    {
        LoadBalancer lb = Document.Parse<LoadBalancer>(Yaml(spec));

        Assert.Equal(families, string.Join(',', lb.Spec.IpFamilies!));
        Assert.Equal(prefixLength, lb.Spec.Ips?[0].Ephemeral?.PrefixTemplate?.Spec?.PrefixLength);
    }

    [Fact]
    public void PrepareForCreate_PublicWithIps_DropsThemWithAWarningAndKeepsDerivedFamilies()
    {
        LoadBalancer lb = Document.Parse<LoadBalancer>(Yaml("type: Public, networkRef: {name: net}, ips: [{value: 'fd00::1'}]"));
        lb.Status = new() { Ips = ["192.0.2.1"] };
        List<string> warnings = [];

        Strategy.PrepareForCreate(lb, warnings);

        Assert.Null(lb.Spec.Ips);
        Assert.Null(lb.Status);
        Assert.Equal(["IPv6"], lb.Spec.IpFamilies);
        Assert.Equal(["spec.ips is ignored: only a LoadBalancer of type Internal can choose its addresses"], warnings);
    }

    [Fact]
    public void PrepareForUpdate_MainResource_KeepsOldStatus()
    {
        LoadBalancer old = Document.Parse<LoadBalancer>(Yaml("type: Public"));
        old.Status = new() { Ips = ["192.0.2.1"] };
        LoadBalancer lb = Document.Parse<LoadBalancer>(Yaml("type: Public"));
        lb.Status = new() { Ips = ["192.0.2.99"] };

        Strategy.PrepareForUpdate(lb, old, []);

        Assert.Equal(["192.0.2.1"], lb.Status.Ips);
    }

    [Fact]
    public void PrepareForStatusUpdate_SpecAndMetadata_AreThoseOfOld()
    {
        LoadBalancer old = Document.Parse<LoadBalancer>(Yaml("type: Public, networkRef: {name: net}"));
        old.Metadata.ResourceVersion = "1";
        LoadBalancer lb = Document.Parse<LoadBalancer>(Yaml("type: Internal, networkRef: {name: other}"));
        lb.Metadata.ResourceVersion = "2";
        lb.Metadata.Labels = new() { ["a"] = "b" };
        lb.Metadata.Finalizers = ["example.com/x"];
        lb.Status = new() { Ips = ["192.0.2.1"] };

        Strategy.PrepareForStatusUpdate(lb, old);

        Assert.Equal("net", lb.Spec.NetworkRef!.Name);
        Assert.Null(lb.Metadata.Labels);
        Assert.Null(lb.Metadata.Finalizers);
        Assert.Equal("2", lb.Metadata.ResourceVersion);
        Assert.Equal("1", old.Metadata.ResourceVersion);
        Assert.Equal(["192.0.2.1"], lb.Status.Ips);
    }

    [Fact]
    public void ValidateStatusUpdate_BadAddress_TellsIt()
    {
        LoadBalancer lb = Document.Parse<LoadBalancer>(Yaml("type: Public"));
        lb.Status = new() { Ips = ["192.0.2.1", "x"] };

        Assert.Equal("status.ips[1]: Invalid value: \"x\": must specify a valid ip", Strategy.ValidateStatusUpdate(lb, lb).Single().ToString());
    }

    [Fact]
    public void ValidateStatusUpdate_BadGateways_TellsEach()
    {
        LoadBalancer lb = Document.Parse<LoadBalancer>(Yaml("type: Public"));
        lb.Status = new()
        {
            Gateways =
            [
                new() { Name = "host-a", State = LoadBalancerGatewayStates.Programmed },
                new() { Name = "host-a", State = LoadBalancerGatewayStates.Failed },
                new() { Name = "Host B", State = "Perhaps" },
            ],
        };

        Assert.Equal(
            ["status.gateways[1].name: Duplicate value", "status.gateways[2].name: Invalid value", "status.gateways[2].state: Unsupported value"],
            Strategy.ValidateStatusUpdate(lb, lb).Select(e => string.Join(':', e.ToString().Split(':').Take(2))));
    }

    private static string[] Errors(string spec) => Document.Errors<LoadBalancer>(Yaml(spec));

    private static string Yaml(string spec) => $"{{metadata: {{name: lb, namespace: default}}, spec: {{{spec}}}}}";
}
