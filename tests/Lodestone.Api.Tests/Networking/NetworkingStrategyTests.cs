using Lodestone.Api.Networking;
using Lodestone.Api.Resources;
using Xunit;

namespace Lodestone.Api.Tests.Networking;

public class NetworkingStrategyTests
{
    private const string GoodInterface = "networkRef: {name: net}, ipFamilies: [IPv4], ips: [{value: 10.0.0.1}]";

    private const string Subdomain = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string Label = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
        + "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    [Theory]
    [InlineData(GoodInterface, null)]
    [InlineData(GoodInterface + ", providerID: 'ironcore-net://ns/nic/node/uid', machineRef: {name: m}, prefixes: [{value: 10.0.1.1/24}]", null)]
    [InlineData(GoodInterface + ", virtualIP: {ephemeral: {virtualIPTemplate: {spec: {type: Public, ipFamily: IPv4}}}}", null)]
    [InlineData("ipFamilies: [IPv4], ips: [{value: 10.0.0.1}]", "spec.networkRef: Required value: must specify a network ref")]
    [InlineData("networkRef: {name: net}, ipFamilies: [IPv4]", "spec.ips: Invalid value: []: ip families must match ips")]
    [InlineData(GoodInterface + ", providerID: 'lodestone://host-a'", "spec.providerID: Invalid value: \"lodestone://host-a\": must be lodestone://HOST/DEVICE, with a device name of at most 15 characters")]
    [InlineData(GoodInterface + ", prefixes: [{}]", "spec.prefixes[0]: Invalid value: null: must specify a prefix source")]
    [InlineData(GoodInterface + ", prefixes: [{value: 10.0.0.0/33}]", "spec.prefixes[0].value: Invalid value: \"10.0.0.0/33\": must specify a valid prefix")]
    [InlineData(
        GoodInterface + ", prefixes: [{ephemeral: {prefixTemplate: {spec: {ipFamily: IPv4, prefixLength: 33, parentRef: {name: p}}}}}]",
        "spec.prefixes[0].ephemeral.prefixTemplate.spec.prefixLength: Invalid value: 33: too large prefix length for IPv4 (max 32)")]
    [InlineData(
        GoodInterface + ", prefixes: [{ephemeral: {prefixTemplate: {spec: {ipFamily: IPv4}}}}]",
        "spec.prefixes[0].ephemeral.prefixTemplate.spec.prefix: Required value: must specify for root prefix")]
    [InlineData(
        GoodInterface + ", prefixes: [{ephemeral: {prefixTemplate: {spec: {ipFamily: IPv4, prefix: 10.0.0.0/8, prefixLength: 8}}}}]",
        "spec.prefixes[0].ephemeral.prefixTemplate.spec.prefixLength: Invalid value: 8: cannot specify prefixLength for a root prefix")]
    [InlineData(
        GoodInterface + ", prefixes: [{ephemeral: {prefixTemplate: {spec: {ipFamily: IPv4, parentRef: {name: p}}}}}]",
        "spec.prefixes[0].ephemeral.prefixTemplate.spec: Invalid value: null: must specify either prefix or prefixLength")]
    [InlineData(
        GoodInterface + ", prefixes: [{ephemeral: {prefixTemplate: {spec: {ipFamily: IPv4, prefix: 10.0.0.0/8, prefixLength: 9, parentRef: {name: p}}}}}]",
        "spec.prefixes[0].ephemeral.prefixTemplate.spec.prefixLength: Invalid value: 9: does not match prefix 10.0.0.0/8")]
    [InlineData(
        GoodInterface + ", prefixes: [{ephemeral: {prefixTemplate: {spec: {ipFamily: IPv6, prefix: 10.0.0.0/8, parentRef: {name: ''}}}}}]",
        "spec.prefixes[0].ephemeral.prefixTemplate.spec.prefix: Invalid value: \"10.0.0.0/8\": expected ip family IPv6 but got IPv4|spec.prefixes[0].ephemeral.prefixTemplate.spec.parentRef.name: Required value: must specify name")]
    [InlineData(GoodInterface + ", virtualIP: {}", "spec.virtualIP: Invalid value: null: must specify a virtual ip source")]
    [InlineData(GoodInterface + ", virtualIP: {ephemeral: {}}", "spec.virtualIP.ephemeral.virtualIPTemplate: Required value: must specify a virtual ip template")]
    [InlineData(
        GoodInterface + ", virtualIP: {virtualIPRef: {name: v}, ephemeral: {virtualIPTemplate: {spec: {type: Public, ipFamily: IPv4}}}}",
        "spec.virtualIP.ephemeral: Invalid value: null: cannot specify multiple sources")]
    [InlineData("networkRef: {name: N}, ipFamilies: [IPv4], ips: [{value: 10.0.0.1}]", "spec.networkRef.name: Invalid value: \"N\": " + Subdomain)]
    [InlineData("networkRef: {name: net}", "spec.ipFamilies: Required value: must specify ip families")]
    [InlineData("networkRef: {name: net}, ipFamilies: [IPv4, IPv4], ips: [{value: 10.0.0.1}, {value: 10.0.0.2}]", "spec.ipFamilies[1]: Duplicate value: \"IPv4\"")]
    [InlineData("networkRef: {name: net}, ipFamilies: [''], ips: [{value: 10.0.0.1}]", "spec.ipFamilies[0]: Required value: must specify ipFamily")]
    [InlineData(
        "networkRef: {name: net}, ipFamilies: [IPv4, IPv6], ips: [{value: 10.0.0.1}]",
        "spec.ips: Invalid value: [{\"value\":\"10.0.0.1\"}]: ip families must match ips")]
    [InlineData(
        "networkRef: {name: net}, ipFamilies: [IPv6], ips: [{value: 10.0.0.1}]",
        "spec.ips[0].value: Invalid value: \"10.0.0.1\": expected ip family IPv6 but got IPv4")]
    [InlineData("networkRef: {name: net}, ipFamilies: [IPv4], ips: [{}]", "spec.ips[0]: Invalid value: null: must specify an ip source")]
    [InlineData(
        "networkRef: {name: net}, ipFamilies: [IPv4], ips: [{value: 10.0.0.1, ephemeral: {prefixTemplate: {spec: {parentRef: {name: p}}}}}]",
        "spec.ips[0].ephemeral: Invalid value: \"x-0\": cannot specify multiple ip sources")]
    [InlineData(GoodInterface + ", machineRef: {name: a.b}", "spec.machineRef.name: Invalid value: \"a.b\": " + Label)]
    [InlineData(
        GoodInterface + ", prefixes: [{value: 10.0.0.0/8, ephemeral: {prefixTemplate: {spec: {prefix: 10.0.0.0/8, ipFamily: IPv4}}}}]",
        "spec.prefixes[0].ephemeral: Invalid value: \"x-pf-0\": cannot specify multiple prefix sources")]
    [InlineData(GoodInterface + ", prefixes: [{ephemeral: {}}]", "spec.prefixes[0].ephemeral.prefixTemplate: Required value: must specify a prefix template")]
    [InlineData(
        GoodInterface + ", prefixes: [{ephemeral: {prefixTemplate: {metadata: {generateName: a, finalizers: [x.y/z]}, spec: {ipFamily: IPv4, prefix: 10.0.0.0/8}}}}]",
        "spec.prefixes[0].ephemeral.prefixTemplate.metadata.generateName: Forbidden: cannot be set for an ephemeral prefix|"
        + "spec.prefixes[0].ephemeral.prefixTemplate.metadata.finalizers: Forbidden: cannot be set for an ephemeral prefix")]
    [InlineData(GoodInterface + ", virtualIP: {virtualIPRef: {name: V}}", "spec.virtualIP.virtualIPRef.name: Invalid value: \"V\": " + Subdomain)]
    [InlineData(
        GoodInterface + ", virtualIP: {ephemeral: {virtualIPTemplate: {}}}",
        "spec.virtualIP.ephemeral.virtualIPTemplate.spec.type: Required value: must specify type|"
        + "spec.virtualIP.ephemeral.virtualIPTemplate.spec.ipFamily: Required value: must specify ipFamily")]
    [InlineData(
        GoodInterface + ", virtualIP: {ephemeral: {virtualIPTemplate: {spec: {type: Private, ipFamily: IPv5, reclaimPolicy: Keep}}}}",
        "spec.virtualIP.ephemeral.virtualIPTemplate.spec.type: Unsupported value: \"Private\": supported values: \"Public\"|"
        + "spec.virtualIP.ephemeral.virtualIPTemplate.spec.ipFamily: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"|"
        + "spec.virtualIP.ephemeral.virtualIPTemplate.spec.reclaimPolicy: Unsupported value: \"Keep\": supported values: \"Delete\", \"Retain\"")]
    public void NetworkInterface_Validate_TellsExactly(string spec, string? expected) =>
        Assert.Equal(expected?.Split('|') ?? [], Document.Errors<NetworkInterface>(Yaml(spec)));

    [Theory]
    [InlineData(GoodInterface + ", providerID: 'lodestone://host-b/web-1', machineRef: {name: m}, attributes: {}", true)]
    [InlineData("networkRef: {name: net}, ipFamilies: [IPv4], ips: [{value: 10.0.0.2}]", true)]
    [InlineData(GoodInterface + ", prefixes: [{value: 10.8.0.0/24}], virtualIP: {virtualIPRef: {name: v}}", true)]
    [InlineData("networkRef: {name: net}, ipFamilies: [IPv6], ips: [{value: 'fd00::1'}]", false)]
    [InlineData("networkRef: {name: other}, ipFamilies: [IPv4], ips: [{value: 10.0.0.1}]", false)]
    [InlineData(GoodInterface + ", attributes: {a: b}", false)]
    public void NetworkInterface_ValidateUpdate_OnlySomeFieldsMayChange(string spec, bool allowed)
    {
        string[] errors = Document.UpdateErrors<NetworkInterface>(Yaml(spec), Yaml(GoodInterface));

        Assert.Equal(allowed, errors.Length == 0);
        Assert.All(errors, e => Assert.StartsWith("spec: Forbidden: field is immutable\n", e));
    }

    [Fact]
    public void NetworkInterface_LongName_MakesNoValidPrefixName()
    {
        string name = new('a', 252);
        string[] errors = Document.Errors<NetworkInterface>(
            $"{{metadata: {{name: {name}, namespace: default}}, spec: {{networkRef: {{name: net}}, ipFamilies: [IPv4], "
            + "ips: [{ephemeral: {prefixTemplate: {spec: {parentRef: {name: p}}}}}]}}");

        Assert.Equal($"spec.ips[0].ephemeral: Invalid value: \"{name}-0\": resulting prefix name \"{name}-0\" is invalid: must be no more than 253 bytes", Assert.Single(errors));
    }

    [Theory]
    [InlineData("peerings: [{name: a, networkRef: {name: n1}}, {name: b, networkRef: {name: n1, namespace: other}}]", null)]
    [InlineData(
        "peerings: [{name: a, networkRef: {name: n1}, prefixes: [{name: p, prefix: 10.0.0.0/8}, {name: q, prefix: 10.1.0.0/16}]}, {name: b, networkRef: {name: n2}, prefixes: [{name: p}]}]",
        null)]
    [InlineData("peerings: [{name: a, networkRef: {name: n1}}, {name: a, networkRef: {name: n2}}]", "spec.peerings[1].name: Duplicate value: \"a\"")]
    [InlineData("peerings: [{name: a, networkRef: {name: n1}}, {name: b, networkRef: {name: n1, namespace: default}}]", "spec.peerings[1].networkRef: Duplicate value: \"default/n1\"")]
    [InlineData("peerings: [{name: a, networkRef: {name: x}}]", "spec.peerings[0].networkRef: Forbidden: cannot peer a network with itself")]
    [InlineData("peerings: [{networkRef: {name: n1}}]", "spec.peerings[0].name: Required value: must specify a name")]
    [InlineData("peerings: [{name: a, networkRef: {name: n1}, prefixes: [{name: p, prefix: '10'}]}]", "spec.peerings[0].prefixes[0].prefix: Forbidden: must be a valid IP range")]
    [InlineData("peerings: [{name: a, networkRef: {name: n1}, prefixes: [{name: p}, {name: p}]}]", "spec.peerings[0].prefixes[1].name: Duplicate value: \"p\"")]
    [InlineData(
        "peerings: [{name: a, networkRef: {name: n1}, prefixes: [{name: p, prefixRef: {name: r}}, {name: q, prefixRef: {name: r}}]}]",
        "spec.peerings[0].prefixes[1].prefixRef: Duplicate value: \"r\"")]
    [InlineData("incomingPeerings: [{name: x}]", "spec.incomingPeerings[0]: Forbidden: cannot peer a network with itself")]
    [InlineData("incomingPeerings: [{name: n1}, {name: n1, namespace: default}]", "spec.incomingPeerings[1]: Duplicate value: \"default/n1\"")]
    [InlineData(
        "peerings: [{name: a, networkRef: {name: n1}, prefixes: [{name: p, prefix: 10.0.0.0/8, prefixRef: {name: ''}}, {name: q, prefix: 11.0.0.0/8, prefixRef: {name: ''}}]}]",
        null)]
    [InlineData(
        "peerings: [{name: a, networkRef: {name: n1}, prefixes: [{name: p, prefixRef: {name: r}}]}, {name: b, networkRef: {name: n2}, prefixes: [{name: p, prefixRef: {name: r}}]}]",
        null)]
    [InlineData("incomingPeerings: [{name: n1}, {name: n1, namespace: other, uid: u}]", null)]
    [InlineData("peerings: [{name: a, networkRef: {}}]", "spec.peerings[0].networkRef.name: Required value: must specify a name")]
    [InlineData("peerings: [{name: a, networkRef: {name: N}}]", "spec.peerings[0].networkRef.name: Invalid value: \"N\": " + Subdomain)]
    [InlineData("peerings: [{name: a, networkRef: {name: n, namespace: a.b}}]", "spec.peerings[0].networkRef.namespace: Invalid value: \"a.b\": " + Label)]
    [InlineData("peerings: [{name: a, networkRef: {name: x, namespace: default}}]", "spec.peerings[0].networkRef: Forbidden: cannot peer a network with itself")]
    [InlineData("peerings: [{name: a, networkRef: {name: x, namespace: other}}]", null)]
    [InlineData("peerings: [{name: a, networkRef: {name: n1}, prefixes: [{name: p, prefixRef: {name: R}}]}]", "spec.peerings[0].prefixes[0].prefixRef.name: Invalid value: \"R\": " + Subdomain)]
    [InlineData("incomingPeerings: [{namespace: n}]", "spec.incomingPeerings[0].name: Required value: must specify a name")]
    [InlineData("incomingPeerings: [{name: N}]", "spec.incomingPeerings[0].name: Invalid value: \"N\": " + Subdomain)]
    [InlineData("incomingPeerings: [{name: n, namespace: a.b}]", "spec.incomingPeerings[0].namespace: Invalid value: \"a.b\": " + Label)]
    public void Network_Validate_TellsExactly(string spec, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], Document.Errors<Network>(Yaml(spec)));

    [Theory]
    [InlineData("{}", "providerID: a", null)]
    [InlineData("providerID: a", "providerID: a", null)]
    [InlineData("providerID: a", "peerings: []", "spec.providerID: Forbidden: field is immutable")]
    [InlineData("providerID: a", "providerID: b", "spec.providerID: Forbidden: field is immutable")]
    public void Network_ProviderId_IsSetOnce(string old, string spec, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], Document.UpdateErrors<Network>(Yaml(spec), Yaml(old == "{}" ? "" : old)));

    [Theory]
    [InlineData("destinations: []", null)]
    [InlineData("networkRef: {name: net}, destinations: [{name: nic-1, uid: 2020dcf9}]", null)]
    [InlineData("destinations: [{ip: 10.0.0.5, targetRef: {uid: u, name: nic-1, providerID: ''}}]", null)]
    [InlineData("destinations: [{targetRef: {uid: u, name: nic-1}}]", "destinations[0].ip: Invalid value: null: must specify a valid ip")]
    [InlineData("destinations: [{ip: '10'}]", "destinations[0].ip: Invalid value: \"10\": must specify a valid ip")]
    [InlineData("ringHistory: [{generation: 1, until: '2026-01-01T00:00:00Z', added: [{ip: x}]}]", "ringHistory[0].added[0].ip: Invalid value: \"x\": must specify a valid ip")]
    [InlineData("draining: [{ip: x, deadline: '2026-01-01T00:00:00Z'}]", "draining[0].ip: Invalid value: \"x\": must specify a valid ip")]
    [InlineData("networkRef: {name: '', uid: ''}, destinations: []", null)]
    [InlineData("destinations: [{ip: null}]", "destinations[0].ip: Invalid value: null: must specify a valid ip")]
    [InlineData("destinations: [{ip: 10.0.0.5, targetRef: {uid: '', name: N}}]", "destinations[0].targetRef.name: Invalid value: \"N\": " + Subdomain)]
    [InlineData("ringGeneration: -1", "ringGeneration: Invalid value: -1: must be greater than or equal to 0")]
    public void Routing_Validate_TellsExactly(string fields, string? expected) =>
        Assert.Equal(
            expected is null ? [] : [expected],
            Document.Errors<LoadBalancerRouting>($"{{metadata: {{name: x, namespace: default}}, {fields}}}"));

    [Fact]
    public void NetworkInterface_CreatedWithStatus_KeepsIt()
    {
        NetworkInterface nic = Document.Parse<NetworkInterface>(Yaml(GoodInterface));
        nic.Status = new() { State = "Available" };

        ResourceDefinitions.NetworkInterface.Strategy.PrepareForCreate(nic, []);

        Assert.Equal("Available", nic.Status.State);
    }

    private static string Yaml(string spec) => $"{{metadata: {{name: x, namespace: default}}, spec: {{{spec}}}}}";
}
