using Lodestone.Cli.Commands;
using Lodestone.Cli.Events;
using Lodestone.Datapath.Layout;

namespace Lodestone.EndToEnd.Tests.Events;

public sealed class EventWordingTests
{
    private static readonly ReportedEvent Drop = new(
        new DateTimeOffset(2026, 5, 4, 13, 2, 3, 456, TimeSpan.Zero), EventKind.Drop, 134, "DROP_PORT_NOT_ALLOWED", "Not listed.", "Add it.", "eth0", "tcp",
        "192.0.2.10:40000", "198.51.100.1:81", 40, "198.51.100.1", 3, 0, "default/web", null, null, null);

    [Fact]
    public void Line_Drop_TellsTheReasonAndTheLoadBalancer() => Assert.Equal(
        "13:02:03.456000  134 DROP_PORT_NOT_ALLOWED  tcp 192.0.2.10:40000 > 198.51.100.1:81, 40 bytes, in at eth0, VIP of default/web",
        EventWording.Line(Drop, TimeZoneInfo.Utc));

    [Fact]
    public void Line_DropWithoutHeaders_SaysSo() => Assert.Equal(
        "13:02:03.456000  128 DROP_TRUNCATED  a packet without addresses, 6 bytes, in at eth0",
        EventWording.Line(
            Drop with { Number = 128, Verdict = "DROP_TRUNCATED", Protocol = null, Source = null, Destination = null, Bytes = 6, Vip = null, LoadBalancer = null },
            TimeZoneInfo.Utc));

    [Theory]
    [InlineData(EventPath.Recorded, "recorded now")]
    [InlineData(EventPath.Pinned, "recorded, kept from the slot's owner")]
    [InlineData(EventPath.Unrecorded, "found no place to be recorded")]
    [InlineData(EventPath.Named, "named by its QUIC connection ID")]
    [InlineData(EventPath.Stable, "stable, no state is kept")]
    public void Line_ToATarget_TellsTheWay(EventPath path, string words)
    {
        ReportedEvent sent = Drop with
        {
            Kind = EventKind.Transition,
            Number = 1,
            Verdict = "VERDICT_FORWARD",
            LoadBalancer = null,
            Network = 7,
            Path = path,
            Target = new ReportedTarget(4, "default/web-1", "fd00::1"),
        };

        Assert.EndsWith($", VIP of network 7, to default/web-1 (real 4): {words}", EventWording.Line(sent, TimeZoneInfo.Utc), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_TargetWithoutName_HasItsAddress() =>
        Assert.Equal(["real 4 at fd00::1", "real 5, which is gone"], [EventWording.Target(new(4, null, "fd00::1")), EventWording.Target(new(5, null, null))]);

    [Theory]
    [InlineData(1, 0, 0, "1 event, none left out")]
    [InlineData(1200, 3, 0, "1,200 events; left out: 3 above what a CPU tells (10,000 a second of each kind)")]
    [InlineData(0, 0, 5, "0 events; left out: 5 that were not read in time")]
    public void Summary_SaysWhatIsMissing(long events, ulong overRate, ulong noRoom, string expected) =>
        Assert.Equal(expected, EventWording.Summary(new EventsSummary(events, overRate, noRoom)));

    [Theory]
    [InlineData(false, false, false, Listening.Drops | Listening.Transitions)]
    [InlineData(true, false, false, Listening.Drops)]
    [InlineData(false, true, true, Listening.Transitions | Listening.Samples)]
    public void Kinds_OfTheOptions(bool drops, bool transitions, bool samples, Listening expected) =>
        Assert.Equal(expected, EventsCommand.Kinds(drops, transitions, samples));

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("5s", 5000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("3", 3000)]
    public void Duration_IsRead(string text, double milliseconds) => Assert.Equal(milliseconds, DurationText.Parse("--for", text).TotalMilliseconds);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5000, 1)]
    [InlineData(5001, 2)]
    [InlineData(1_000_000, 200)]
    public void OneIn_FollowsTheRate(double rate, int expected) => Assert.Equal(expected, FlowsCommand.OneInFor(rate));

    [Fact]
    public void Flows_AreATable()
    {
        var report = new FlowsReport(
            5,
            100,
            12,
            30,
            0,
            [
                new FlowRow("tcp", "192.0.2.10:40000", "198.51.100.1:80", "default/web", 0, new(4, "default/web-1", "fd00::1"), EventPath.Stable, 10, 1234, 56_789),
                new FlowRow("icmp", "10.0.0.5", "10.0.0.100", null, 7, new(5, null, "fd00::2"), EventPath.Pinned, 2, 200, 9000),
            ],
            ["names are left out"]);

        Assert.Equal(
            """
            CLIENT            VIP                  LOAD BALANCER  TARGET                  PATH    PACKETS   BYTES
            192.0.2.10:40000  198.51.100.1:80/tcp  default/web    default/web-1 (real 4)  stable    1,234  56,789
            10.0.0.5          10.0.0.100/icmp      network 7      real 5 at fd00::2       pinned      200   9,000
            2 flows in 5 s, by 12 samples of one in 100 packets to a target; left out and made up for: 30 above what a CPU tells (10,000 a second of each kind)
            names are left out

            """,
            FlowsText.Of(report));
    }

    [Fact]
    public void Flows_None_SaysSo() =>
        Assert.Equal("0 flows in 5 s, by 0 samples of every packet to a target\n", FlowsText.Of(new FlowsReport(5, 1, 0, 0, 0, [], [])));
}
