using Lodestone.Cli.Counters;
using Lodestone.Datapath.Layout;

namespace Lodestone.EndToEnd.Tests.Trace;

public sealed class CountersTextTests
{
    [Fact]
    public void Of_Report_IsTablesWithNumbersOnTheRight()
    {
        var report = new CountersReport(
            [new VerdictCount(1, "VERDICT_FORWARD", 1234567, 90, "Sent."), new VerdictCount(134, "DROP_PORT_NOT_ALLOWED", 2, 120, "Not listed.")],
            [new VipCount("198.51.100.1", "default/web", 5, 300, [new("tcp", 3, 200), new("udp", 2, 100)], 1, 0, 7), new VipCount("2001:db8::1", null, 0, 0, [], 0, 0, 0)],
            [],
            ["names are left out"]);

        Assert.Equal(
            """
            VERDICT                      PACKETS  BYTES  MEANING
            1 VERDICT_FORWARD          1,234,567     90  Sent.
            134 DROP_PORT_NOT_ALLOWED          2    120  Not listed.

            VIP           LOAD BALANCER  PACKETS  BYTES  TCP  UDP  SCTP  RECORDED  PINNED  UNRECORDED
            198.51.100.1  default/web          5    300    3    2     0         1       0           7
            2001:db8::1   -                    0      0    0    0     0         0       0           0

            TARGET  none

            names are left out

            """,
            CountersText.Of(report));
    }

    [Fact]
    public void Of_Targets_SayTheirWay()
    {
        var report = new CountersReport(
            [],
            [],
            [
                new TargetCount(1, "default/web-1", "fd00::1", RealKind.Peer, "web-1", 1, 40),
                new TargetCount(2, null, "fd00::2", RealKind.Encap, "eth0", 2, 80),
                new TargetCount(3, null, "fd00::3", RealKind.None, null, 0, 0),
            ],
            []);

        Assert.Contains("1 default/web-1  fd00::1   veth web-1        1     40\n2 -              fd00::2   encap eth0        2     80\n", CountersText.Of(report), StringComparison.Ordinal);
        Assert.Contains("fd00::3   none              0      0\n", CountersText.Of(report), StringComparison.Ordinal);
    }
}
