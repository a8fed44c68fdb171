using Lodestone.Api.BuiltIn;
using Lodestone.Api.Platform;
using Lodestone.Api.Resources;
using Xunit;
using IPAddress = Lodestone.Api.Platform.IPAddress;

namespace Lodestone.Api.Tests.Platform;

public class PlatformStrategyTests
{
    [Theory]
    [InlineData("addresses: [203.0.113.0/28, '2001:db8::1-2001:db8::ff'], excludedAddresses: [203.0.113.1], includeNetworkAndBroadcast: true, namespaceSelector: {matchLabels: {a: b}}", null)]
    [InlineData("priority: 1", "spec.addresses: Required value: must specify addresses")]
    [InlineData("addresses: [203.0.113.1/28]", "spec.addresses[0]: Invalid value: \"203.0.113.1/28\": must have no bits set behind the prefix: 203.0.113.0/28")]
    [InlineData("addresses: [203.0.113.0/28, 203.0.113.0-203.0.113.15]", "spec.addresses[1]: Duplicate value: \"203.0.113.0-203.0.113.15\"")]
    [InlineData("addresses: [203.0.113.0/28], excludedAddresses: [x]", "spec.excludedAddresses[0]: Invalid value: \"x\": must be a prefix in CIDR form, a range FIRST-LAST, or a single address")]
    public void AddressPool_Validate_TellsExactly(string spec, string? expected) =>
        Assert.Equal(Expected(expected), Document.Errors<AddressPool>($"{{metadata: {{name: pool}}, spec: {{{spec}}}}}"));

    [Theory]
    [InlineData("203.0.113.10", "ip: 203.0.113.10, claimRef: {group: g, resource: r, name: n, uid: u}", null)]
    [InlineData("uid-1.10.0.0.1", "ip: 10.0.0.1, networkRef: {name: net, uid: uid-1}", null)]
    [InlineData("x", "ip: 203.0.113.10", "metadata.name: Invalid value: \"x\": not a valid IP address in canonical format")]
    [InlineData("203.0.113.10", "ip: 203.0.113.11", "spec.ip: Invalid value: \"203.0.113.11\": IP address must match name")]
    [InlineData("2001-0db8-0000-0000-0000-0000-0000-0001", "ip: '2001:0db8::1'", "spec.ip: Invalid value: \"2001:0db8::1\": must be in canonical format: 2001:db8::1")]
    [InlineData("203.0.113.10", "ip: 203.0.113.10, networkRef: {name: net, uid: u}", "spec.networkRef.uid: Invalid value: \"u\": network UID must match name")]
    [InlineData("203.0.113.10", "ip: 203.0.113.10, claimRef: {resource: r, name: n}", "spec.claimRef.uid: Required value: must specify the uid of the claimer")]
    public void IPAddress_Validate_TellsExactly(string name, string spec, string? expected) =>
        Assert.Equal(Expected(expected), Document.Errors<IPAddress>($"{{metadata: {{name: '{name}'}}, spec: {{{spec}}}}}"));

    [Fact]
    public void IPAddress_ValidateUpdate_ClaimCannotChange()
    {
        string Yaml(string uid) => $"{{metadata: {{name: 203.0.113.10}}, spec: {{ip: 203.0.113.10, claimRef: {{group: g, resource: r, name: n, uid: {uid}}}}}}}";

        Assert.Equal(["spec.claimRef: Invalid value: \"n\": field is immutable"], Document.UpdateErrors<IPAddress>(Yaml("b"), Yaml("a")));
    }

    [Theory]
    [InlineData("200", true)]
    [InlineData("16777215", true)]
    [InlineData("199", false)]
    [InlineData("16777216", false)]
    [InlineData("0200", false)]
    [InlineData("x", false)]
    public void NetworkID_Name_IsAVni(string name, bool expected)
    {
        string[] errors = Document.Errors<NetworkID>($"{{metadata: {{name: '{name}'}}}}");

        Assert.Equal(
            expected ? [] : [$"metadata.name: Invalid value: \"{name}\": must be a number from 200 to 16777215, without leading zeros"],
            errors);
    }

    [Theory]
    [InlineData("roles: [Gateway, Hypervisor], underlayAddresses: ['fd00::1', 192.0.2.1], underlayPrefix: 'fd00:1::/64'", null)]
    [InlineData("roles: [Router]", "spec.roles[0]: Unsupported value: \"Router\": supported values: \"Gateway\", \"Hypervisor\"")]
    [InlineData("roles: [Gateway, Gateway]", "spec.roles[1]: Duplicate value: \"Gateway\"")]
    [InlineData("underlayAddresses: [x]", "spec.underlayAddresses[0]: Invalid value: \"x\": must specify a valid ip")]
    [InlineData("underlayAddresses: ['fd00::1', 'fd00:0::1']", "spec.underlayAddresses[1]: Duplicate value: \"fd00:0::1\"")]
    [InlineData("underlayPrefix: 'fd00::/56'", "spec.underlayPrefix: Invalid value: \"fd00::/56\": must be an IPv6 prefix of length 64")]
    [InlineData("underlayPrefix: 'fd00::1/64'", "spec.underlayPrefix: Invalid value: \"fd00::1/64\": must have no bits set behind the prefix: fd00::/64")]
    public void Host_Validate_TellsExactly(string spec, string? expected) =>
        Assert.Equal(Expected(expected), Document.Errors<Host>($"{{metadata: {{name: host-a}}, spec: {{{spec}}}}}"));

    [Theory]
    [InlineData("leaseDurationSeconds: 15", null)]
    [InlineData("leaseDurationSeconds: 0", "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0")]
    [InlineData("leaseTransitions: -1", "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0")]
    public void Lease_Validate_TellsExactly(string spec, string? expected) =>
        Assert.Equal(Expected(expected), Document.Errors<Lease>($"{{metadata: {{name: x, namespace: default}}, spec: {{{spec}}}}}"));

    [Fact]
    public void Namespace_Created_IsActiveWithItsFinalizer()
    {
        Namespace ns = Document.Parse<Namespace>("{metadata: {name: x}}");

        ResourceDefinitions.Namespace.Strategy.PrepareForCreate(ns, []);

        Assert.Equal("Active", ns.Status!.Phase);
        Assert.Equal(["kubernetes"], ns.Spec!.Finalizers);
    }

    private static string[] Expected(string? error) => error is null ? [] : [error];
}
