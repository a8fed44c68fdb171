using System.Net;
using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Announce.Bgp.Frr;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>The commands that lead from one configuration to another.</summary>
public sealed class FrrCommandsTests
{
    private static readonly BgpNeighbor Neighbor = new() { Name = "tor", Address = IPAddress.Parse("192.0.2.1"), Asn = 65_000, Password = "secret" };

    private static readonly BgpConfig Config = new()
    {
        Asn = 65_001,
        RouterId = IPAddress.Parse("192.0.2.2"),
        Neighbors = [Neighbor],
        Prefixes = [Address("203.0.113.1"), Address("2001:db8::1")],
    };

    [Fact]
    public void Difference_WhatIsThereAlready_IsNothing() => Assert.Empty(FrrCommands.Difference(FrrState.Of(Config), Config));

    [Fact]
    public void Difference_FromNothing_TellsAddressesBeforeTheNeighborGoesUp()
    {
        string[] commands = Difference(FrrState.Empty, Config);

        int network = Array.IndexOf(commands, "network 203.0.113.1/32");
        int up = Array.IndexOf(commands, "no neighbor 192.0.2.1 shutdown");
        Assert.InRange(network, 0, up);
        Assert.Contains("network 2001:db8::1/128", commands);
        Assert.Equal($"neighbor 192.0.2.1 description {FrrCommands.FingerprintOf(Neighbor)}", commands[up + 1]);
        Assert.All(FrrCommands.Difference(FrrState.Empty, Config), command => Assert.DoesNotContain("secret", command.Shown ?? command.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Difference_OneAddressOfMany_IsOneCommand()
    {
        BgpConfig many = Config with { Prefixes = [.. Enumerable.Range(0, 10_000).Select(i => Address($"198.18.{i >> 8}.{i & 255}"))] };

        string[] commands = Difference(FrrState.Of(many), many with { Prefixes = many.Prefixes.Add(Address("203.0.113.9")) });

        Assert.Equal(["router bgp 65001", "address-family ipv4 unicast", "network 203.0.113.9/32", "exit-address-family", "exit"], commands);
    }

    [Fact]
    public void Difference_AttributesOnly_LeavesTheSession()
    {
        BgpNeighbor other = Neighbor with { Attributes = new BgpAttributes { Communities = ["65001:1"], Med = 7 } };

        string[] commands = Difference(FrrState.Of(Config), Config with { Neighbors = [other] });

        Assert.Contains("set community 65001:1", commands);
        Assert.Contains("set metric 7", commands);
        Assert.Contains($"neighbor 192.0.2.1 route-map {FrrCommands.RouteMapOf(other.Attributes)} out", commands);
        Assert.Equal($"no route-map {FrrCommands.RouteMapOf(Neighbor.Attributes)}", commands[^1]);
        Assert.DoesNotContain("no neighbor 192.0.2.1", commands);
    }

    [Fact]
    public void Difference_OtherPassword_MakesTheSessionAnew()
    {
        string[] commands = Difference(FrrState.Of(Config), Config with { Neighbors = [Neighbor with { Password = "another" }] });

        Assert.InRange(Array.IndexOf(commands, "no neighbor 192.0.2.1"), 0, Array.IndexOf(commands, "neighbor 192.0.2.1 remote-as 65000") - 1);
    }

    [Fact]
    public void Difference_OtherBfd_LeavesTheSession() =>
        Assert.Empty(FrrCommands.Difference(FrrState.Of(Config), Config with { Neighbors = [Neighbor with { Bfd = new BfdTiming(100, 200, 3) }] }));

    /// <summary>BFD is given to a session that is up, changes with it, and goes with it, but for one whose BFD is up.</summary>
    [Theory]
    [InlineData(true, null, null, true, "neighbor 192.0.2.1 bfd 3 200 100")]
    [InlineData(true, 100, false, true, null)]
    [InlineData(true, 100, true, true, null)]
    [InlineData(true, 300, true, true, "neighbor 192.0.2.1 bfd 3 200 100")]
    [InlineData(false, null, null, true, null)]
    [InlineData(false, 100, false, true, "no neighbor 192.0.2.1 bfd")]
    [InlineData(false, 100, true, true, null)]
    [InlineData(false, 300, true, true, null)]
    [InlineData(true, 100, true, false, "no neighbor 192.0.2.1 bfd")]
    [InlineData(false, 100, false, false, "no neighbor 192.0.2.1 bfd")]
    [InlineData(true, null, null, false, null)]
    public void BfdDifference_Session_HasBfdWhileItIsUp(bool isEstablished, int? transmitMilliseconds, bool? isBfdUp, bool isWanted, string? expected)
    {
        BfdTiming wanted = new(100, 200, 3);
        var state = new BgpNeighborState
        {
            IsEstablished = isEstablished,
            Bfd = transmitMilliseconds is { } transmit ? wanted with { TransmitMilliseconds = transmit } : null,
            IsBfdUp = isBfdUp,
        };

        List<FrrCommand> commands = FrrCommands.BfdDifference(
            new Dictionary<string, BgpNeighborState> { ["192.0.2.1"] = state }, Config with { Neighbors = [Neighbor with { Bfd = isWanted ? wanted : null }] });

        Assert.Equal(expected is null ? [] : ["router bgp 65001", expected, "exit"], commands.Select(command => command.Text));
    }

    [Fact]
    public void Difference_OtherAsn_BeginsAnew()
    {
        string[] commands = Difference(FrrState.Of(Config), Config with { Asn = 65_009 });

        Assert.Equal("no router bgp 65001", commands[0]);
        Assert.Contains("network 203.0.113.1/32", commands);
        Assert.Contains("no bgp network import-check", commands);
    }

    [Fact]
    public void Read_WhatBgpdPrints_IsWhatWasConfigured()
    {
        const string printed = """
            frr version 8.4.4
            bgp no-rib
            router bgp 65001
             bgp router-id 192.0.2.2
             bgp graceful-shutdown
             bgp graceful-restart restart-time 60
             neighbor 192.0.2.1 remote-as 65000
             neighbor 192.0.2.1 description lodestone-0011223344556677
             neighbor 192.0.2.1 password secret
             neighbor 192.0.2.9 remote-as 65000
             !
             address-family ipv4 unicast
              network 203.0.113.1/32
              neighbor 192.0.2.1 activate
              neighbor 192.0.2.1 route-map lodestone-in in
              neighbor 192.0.2.1 route-map lodestone-8899aabbccddeeff out
             exit-address-family
             address-family ipv6 unicast
              network 2001:db8::1/128
             exit-address-family
            exit
            route-map lodestone-in deny 10
            exit
            route-map others permit 10
            exit
            """;

        FrrState state = FrrState.Read(printed);

        Assert.Equal((65_001u, "192.0.2.2", true, 60), (state.Asn!.Value, state.RouterId, state.IsShuttingDown, state.RestartSeconds));
        Assert.Equal(new FrrNeighbor("lodestone-0011223344556677", "lodestone-8899aabbccddeeff"), state.Neighbors["192.0.2.1"]);
        Assert.Equal(default, state.Neighbors["192.0.2.9"]);
        Assert.True(state.Prefixes.SetEquals([Address("203.0.113.1"), Address("2001:db8::1")]));
        Assert.Equal(["lodestone-in"], state.RouteMaps);
    }

    private static DatapathAddress Address(string text) => DatapathAddress.From(IPAddress.Parse(text));

    private static string[] Difference(FrrState held, BgpConfig config) => [.. FrrCommands.Difference(held, config).Select(command => command.Text)];
}
