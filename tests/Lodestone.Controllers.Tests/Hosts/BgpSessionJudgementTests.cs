using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Controllers.Hosts;
using Xunit;

namespace Lodestone.Controllers.Tests.Hosts;

public sealed class BgpSessionJudgementTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, Host> _hosts = new()
    {
        ["live"] = HostOf("True", "AgentReady"),
        ["silent"] = HostOf("False", "LeaseExpired"),
        ["broken"] = HostOf("False", "DeviceDown"),
    };

    [Fact]
    public void Correct_HostsOfEachSort_OnlySilentAndGoneOnesChange()
    {
        BGPPeerStatus status = new() { Sessions = [Session("broken"), Session("gone"), Session("live"), Session("silent")] };
        Assert.Equal(["gone", "silent"], BgpSessionJudgement.Outdated(status.Sessions, _hosts.GetValueOrDefault));

        BgpSessionJudgement.Correct(status, _hosts.GetValueOrDefault, Now);

        Assert.Equal(["broken Established", "live Established", "silent Unknown"], status.Sessions!.Select(s => $"{s.Host} {s.State}"));
        BGPSession silent = status.Sessions![2];
        Assert.Equal(("AgentSilent", Now, null, null, 3L), (silent.Reason, silent.LastTransitionTime, silent.PrefixesAnnounced, silent.Bfd, silent.ObservedGeneration));
        Assert.Contains("last it was Established (Established)", silent.Message, StringComparison.Ordinal);

        // Once said it is said.
        Assert.Empty(BgpSessionJudgement.Outdated(status.Sessions, _hosts.GetValueOrDefault));
    }

    [Fact]
    public void Correct_LastOneIsGone_LeavesNoList()
    {
        BGPPeerStatus status = new() { Sessions = [Session("gone")] };

        BgpSessionJudgement.Correct(status, _hosts.GetValueOrDefault, Now);

        Assert.Null(status.Sessions);
    }

    private static Host HostOf(string ready, string reason) =>
        new() { Status = new HostStatus { Conditions = [new Condition { Type = "Ready", Status = ready, Reason = reason }] } };

    private static BGPSession Session(string host) => new()
    {
        Host = host,
        State = BGPSessionStates.Established,
        Reason = "Established",
        Message = "the session is up",
        LastTransitionTime = Now.AddHours(-1),
        PrefixesAnnounced = 5,
        Bfd = "Up",
        ObservedGeneration = 3,
    };
}
