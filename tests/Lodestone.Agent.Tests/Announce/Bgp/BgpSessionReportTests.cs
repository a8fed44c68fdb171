using Lodestone.Agent.Announce.Bgp;
using Lodestone.Agent.Announce.Bgp.Bird;
using Lodestone.Agent.Announce.Bgp.Frr;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Xunit;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Tests.Announce.Bgp;

/// <summary>From a daemon's words to what a user reads.</summary>
public sealed class BgpSessionReportTests
{
    private static readonly BgpNeighbor Neighbor = new() { Name = "tor", Address = IPAddress.Parse("192.0.2.1"), Asn = 65_000, Bfd = new BfdTiming(50, 50, 3) };

    [Theory]
    [InlineData("""{"bgpState":"Active"}""", "NoAnswer", "check password and address")]
    [InlineData("""{"bgpState":"Idle","lastResetDueTo":"BGP Notification send","lastErrorCodeSubcode":"0202","lastNotificationReason":"OPEN Message Error/Bad Peer AS"}""", "WrongASN", "OPEN Message Error/Bad Peer AS")]
    [InlineData("""{"bgpState":"Idle","lastResetDueTo":"BGP Notification send","lastErrorCodeSubcode":"060A","lastNotificationReason":"Cease/BFD Down"}""", "BFDDown", "the path is dead")]
    [InlineData("""{"bgpState":"Connect","lastResetDueTo":"BFD down received"}""", "BFDDown", "the path is dead")]
    [InlineData("""{"bgpState":"Idle","lastResetDueTo":"BGP Notification send","lastErrorCodeSubcode":"0400","lastNotificationReason":"Hold Timer Expired"}""", "HoldTimeExpired", "hold time")]
    [InlineData("""{"bgpState":"Idle","lastResetDueTo":"BGP Notification received","lastErrorCodeSubcode":"0602","lastNotificationReason":"Cease/Administrative Shutdown"}""", "Refused", "Administrative Shutdown")]
    [InlineData("""{"bgpState":"Active","lastResetDueTo":"BGP Notification received","lastErrorCodeSubcode":"0606","lastNotificationReason":"Cease/Other Configuration Change"}""", "NoAnswer", "since the session was ended (Cease/Other Configuration Change): check password")]
    [InlineData("""{"bgpState":"Active","lastResetDueTo":"BGP Notification received","lastErrorCodeSubcode":"0604","lastNotificationReason":"Cease/Administrative Reset"}""", "NoAnswer", "since the session was ended (Cease/Administrative Reset): check password")]
    public void EntryOf_SessionThatIsNotUp_SaysWhyAndWhatToDo(string json, string reason, string remedy)
    {
        BgpNeighborState state = FrrNeighborReader.Read($$"""{"192.0.2.1":{{json}}}""")["192.0.2.1"];

        BGPSession session = Report(state);

        Assert.Equal((BGPSessionStates.Connecting, reason, "Down"), (session.State, session.Reason, session.Bfd));
        Assert.Contains(remedy, session.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EntryOf_SessionThatIsUp_CountsWhatItTold()
    {
        BgpNeighborState state = FrrNeighborReader.Read("""
            {"192.0.2.1":{"bgpState":"Established","bgpTimerUpMsec":4000,"connectionsDropped":1,"peerBfdInfo":{"status":"Up"},
             "addressFamilyInfo":{"ipv4Unicast":{"sentPrefixCounter":3},"ipv6Unicast":{"sentPrefixCounter":2}}}}
            """)["192.0.2.1"];

        BGPSession session = Report(state);

        Assert.Equal((BGPSessionStates.Established, "Established", 5, "Up"), (session.State, session.Reason, session.PrefixesAnnounced, session.Bfd));
        Assert.Equal("Flapping", Report(state, flaps: FlapCounter.Limit).Reason);
    }

    [Fact]
    public void EntryOf_NoDaemon_HasFailed()
    {
        BGPSession session = BgpSessionReport.EntryOf("host-a", Peer, Neighbor, null, new BgpProblem(BgpReasons.DaemonFailed, "FRR is not installed"), isShuttingDown: false, flaps: 0);

        Assert.Equal((BGPSessionStates.Failed, "DaemonFailed"), (session.State, session.Reason));
    }

    [Fact]
    public void Read_WhatBirdPrints_IsTheSame()
    {
        string[] protocols =
        [
            "BIRD 2.0.12 ready.", "Name       Proto      Table      State  Since         Info", "vips_ipv4  Static     master4    up     19:34:16.658",
            "Routes:         9 imported, 0 exported, 9 preferred", "router0    BGP        ---        up     19:34:17.465  Established",
            "BGP state:          Established", "Neighbor address: 192.0.2.1", "Routes:         0 imported, 3 exported, 0 preferred", "Routes:         0 imported, 2 exported, 0 preferred",
            "router1    BGP        ---        start  19:34:17.465  Idle          BGP Error: Bad peer AS", "BGP state:          Idle", "Neighbor address: 2001:db8::1",
            "Last error:       BGP Error: Bad peer AS",
            "router2    BGP        ---        start  19:34:17.465  Connect       Received: Other configuration change", "BGP state:          Connect", "Neighbor address: 2001:db8::2",
            "Last error:       Received: Other configuration change", "bfd1       BFD        ---        up     19:34:16.658",
        ];

        var states = BirdProtocolReader.Read(protocols, ["bfd1:", "IP address                Interface  State      Since", "192.0.2.1                 eth0       Up         19:34:19.002    0.100    0.300"]);

        Assert.Equal(3, states.Count);
        Assert.Equal(new BgpNeighborState { Failure = BgpFailure.NoAnswer, Detail = "Received: Other configuration change" }, states["2001:db8::2"]);
        Assert.Equal(new BgpNeighborState { IsEstablished = true, PrefixesAnnounced = 5, IsBfdUp = true }, states["192.0.2.1"]);
        Assert.Equal(new BgpNeighborState { Failure = BgpFailure.WrongAsn, Detail = "BGP Error: Bad peer AS" }, states["2001:db8::1"]);
    }

    [Fact]
    public void FlapCounter_EndsOfTheLastMinutes_AreCountedAndForgotten()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var flaps = new FlapCounter(time);
        flaps.Observe(new BgpNeighborState { IsEstablished = true, Drops = 7 });
        flaps.Observe(new BgpNeighborState { IsEstablished = true, Drops = 9 });
        flaps.Observe(new BgpNeighborState { IsEstablished = false, Drops = 9 });

        Assert.Equal((3L, 3), (flaps.Total, flaps.Recent));
        time.Advance(FlapCounter.Window + TimeSpan.FromSeconds(1));
        Assert.Equal((3L, 0), (flaps.Total, flaps.Recent));
    }

    [Fact]
    public void RestartBackoff_DaemonThatKeepsDying_WaitsLongerAndLonger()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var backoff = new RestartBackoff(time);
        var waits = new List<double>();
        for (int i = 0; i < 8; i++)
        {
            if (!backoff.TryBegin(out TimeSpan wait))
            {
                time.Advance(wait);
                Assert.True(backoff.TryBegin(out _));
            }

            waits.Add(wait.TotalSeconds);
        }

        Assert.Equal([0, 0, 1, 2, 4, 8, 16, 32], waits);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(backoff.TryBegin(out _));
    }

    private static BGPPeer Peer { get; } = new()
    {
        Metadata = new ObjectMeta { Name = "tor", Generation = 1 },
        Spec = new BGPPeerSpec { PeerAddress = "192.0.2.1", PeerASN = 65_000, LocalASN = 65_001, PasswordKey = "tor" },
    };

    private static BGPSession Report(BgpNeighborState state, int flaps = 0) =>
        BgpSessionReport.EntryOf("host-a", Peer, Neighbor, state, null, isShuttingDown: false, flaps);
}
