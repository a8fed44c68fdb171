using Lodestone.Api.Networking;
using Lodestone.Controllers.Services;
using Xunit;

namespace Lodestone.Controllers.Tests.Services;

/// <summary>At which addresses gateways reach nodes.</summary>
public sealed class NodeDestinationsTests
{
    [Fact]
    public void Of_AllHaveIPv6_IPv6() => Assert.Equal(
        ["2001:db8::1", "2001:db8::2"],
        Of(null, ["192.0.2.2", "2001:db8::2"], ["2001:0db8::1", "192.0.2.1"]));

    [Fact]
    public void Of_OneWithoutIPv6_IPv4() => Assert.Equal(["192.0.2.1", "192.0.2.2"], Of(null, ["192.0.2.1", "2001:db8::1"], ["192.0.2.2"]));

    [Fact]
    public void Of_RoutingHasIPv4_StaysWhileItCan()
    {
        Assert.Equal(["192.0.2.1", "192.0.2.2"], Of("192.0.2.9", ["192.0.2.1", "2001:db8::1"], ["192.0.2.2", "2001:db8::2"]));
        Assert.Equal(["2001:db8::1", "2001:db8::2"], Of("192.0.2.9", ["192.0.2.1", "2001:db8::1"], ["2001:db8::2"]));
    }

    [Fact]
    public void Of_NoCommonFamily_AllAddresses() => Assert.Equal(["192.0.2.1", "2001:db8::1", "2001:db8::2"], Of(null, ["192.0.2.1", "2001:db8::1"], ["2001:db8::2"], ["192.0.2.1"]));

    private static IEnumerable<string?> Of(string? current, params string[][] hosts)
    {
        LoadBalancerRouting? routing = current is null ? null : new LoadBalancerRouting { Destinations = [new LoadBalancerDestination { Ip = current }] };
        return NodeDestinations.Of([.. hosts.Select((addresses, i) => Cases.Host($"host-{i}", addresses))], routing).Select(d => d.Ip);
    }
}
