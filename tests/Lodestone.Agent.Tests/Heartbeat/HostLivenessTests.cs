using System.Globalization;
using Lodestone.Agent.Heartbeat;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Agent.Tests.Heartbeat;

public sealed class HostLivenessTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ManualTime _time = new(World.Start);
    private readonly HostLiveness _liveness;
    private readonly Host[] _hosts = [HostOf("host-a", "True"), HostOf("host-b", "True"), HostOf("host-c", "True"), HostOf("host-d", "False")];
    private int _version;

    public HostLivenessTests() => _liveness = new HostLiveness("host-a", _time);

    [Fact]
    public void ReadyHosts_OwnHost_NeedsNoLease() => Assert.Equal(["host-a"], _liveness.ReadyHosts(_hosts));

    [Fact]
    public void ReadyHosts_AnotherStopsRenewing_CountsUntilItsDurationHasPassedAndOursCameBack()
    {
        Assert.True(Renew("host-b"));
        Run(8, "host-a", "host-b");
        Assert.False(Run(3, "host-a"));
        Assert.Equal(["host-a", "host-b"], Ready());

        Assert.True(Run(1, "host-a"));
        Assert.Equal(["host-a"], Ready());
        Assert.True(Renew("host-b"));
        Assert.Equal(["host-a", "host-b"], Ready());
    }

    [Fact]
    public void ReadyHosts_ApiAway_NobodyIsTakenForDead()
    {
        Renew("host-b");
        Renew("host-c");
        Run(4, "host-a", "host-b", "host-c");

        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(["host-a", "host-b", "host-c"], Ready());
    }

    [Fact]
    public void ReadyHosts_ApiBack_EveryLeaseLastsAWholeDurationAgain()
    {
        Renew("host-b");
        Renew("host-c");
        Run(4, "host-a", "host-b", "host-c");
        _time.Advance(TimeSpan.FromMinutes(10));

        // Ours is the first to come back, one other follows late, one died meanwhile.
        Assert.False(Run(3, "host-a"));
        Assert.False(Renew("host-b"));
        Assert.False(Run(1, "host-a", "host-b"));
        Assert.Equal(["host-a", "host-b", "host-c"], Ready());
        Assert.True(Run(1, "host-a", "host-b"));

        Assert.Equal(["host-a", "host-b"], Ready());
    }

    [Fact]
    public void ReadyHosts_AnyOutageOfTheApi_KeepsEveryoneThatRenewsWithinAnInterval()
    {
        // Whatever the outage's length and the order in which renewals stop and come back.
        var random = new Random(7);
        for (int round = 0; round < 2_000; round++)
        {
            var liveness = new HostLiveness("host-a", _time);
            liveness.Observe(LeaseOf("host-a", Next()));
            double others = random.NextDouble();
            for (int i = 0; i < 6; i++)
            {
                _time.Advance(Interval * others);
                liveness.Observe(LeaseOf("host-b", Next()));
                _time.Advance(Interval * (1 - others));
                liveness.Observe(LeaseOf("host-a", Next()));
            }

            _time.Advance(TimeSpan.FromSeconds(10 * random.NextDouble() * random.NextDouble()));
            double first = random.NextDouble();
            liveness.Observe(LeaseOf("host-a", Next()));
            _time.Advance(Interval * first);
            if (first > 0.5)
            {
                liveness.Observe(LeaseOf("host-a", Next()));
            }

            Assert.Contains("host-b", liveness.ReadyHosts(_hosts));
            liveness.Observe(LeaseOf("host-b", Next()));
            Assert.Contains("host-b", liveness.ReadyHosts(_hosts));
        }
    }

    [Fact]
    public void ReadyHosts_OneThatWasDeadBeforeTheOutage_StaysSo()
    {
        Renew("host-b");
        Run(8, "host-a");
        Assert.Equal(["host-a"], Ready());

        _time.Advance(TimeSpan.FromMinutes(10));
        Run(2, "host-a");

        Assert.Equal(["host-a"], Ready());
    }

    /// <summary>After a power cut agents are up one after the other; the first takes nothing from the rest.</summary>
    [Theory]
    [InlineData(0, 5)]
    [InlineData(-30, 5)]
    [InlineData(20, 5)]
    [InlineData(-31, 2)]
    [InlineData(31, 2)]
    public void ReadyHosts_AgentHasStarted_ALeaseThatWasRenewedLatelyIsGivenMoreTime(int renewedSeconds, int lapsesAfterSeconds)
    {
        Lease lease = LeaseOf("host-b", Next());
        lease.Spec!.RenewTime = _time.GetUtcNow().AddSeconds(renewedSeconds);
        _liveness.Observe(lease);
        Renew("host-a");

        int intervals = 0;
        while (Ready().Contains("host-b"))
        {
            Run(1, "host-a");
            intervals++;
        }

        Assert.Equal(lapsesAfterSeconds, (Interval * intervals).TotalSeconds);

        // Once it was seen to renew it lasts as it says.
        Renew("host-b");
        Assert.False(Run(3, "host-a"));
        Assert.True(Run(1, "host-a"));
        Assert.Equal(["host-a"], Ready());
    }

    [Fact]
    public void Observe_SameVersionAgain_IsNoRenewal()
    {
        Renew("host-b");
        for (int i = 0; i < 8; i++)
        {
            _time.Advance(Interval);
            _liveness.Observe(LeaseOf("host-b", "1"));
            Renew("host-a");
        }

        Assert.Equal(["host-a"], Ready());
    }

    [Fact]
    public void ReadyHosts_NotReadyOrForgotten_DoNotCount()
    {
        Renew("host-b");
        Renew("host-d");
        _liveness.Forget("host-b");

        Assert.Equal(["host-a"], Ready());
    }

    /// <summary>So many intervals, at the end of each of which these renew; whether any of it was news.</summary>
    private bool Run(int intervals, params string[] names)
    {
        bool isNews = false;
        for (int i = 0; i < intervals; i++)
        {
            _time.Advance(Interval);
            foreach (string name in names)
            {
                isNews |= Renew(name);
            }
        }

        return isNews;
    }

    private bool Renew(string name) => _liveness.Observe(LeaseOf(name, Next()));

    private string Next() => (++_version).ToString(CultureInfo.InvariantCulture);

    private string[] Ready() => [.. _liveness.ReadyHosts(_hosts).Order(StringComparer.Ordinal)];

    private static Host HostOf(string name, string ready) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Status = new HostStatus { Conditions = [new Condition { Type = "Ready", Status = ready }] },
    };

    private static Lease LeaseOf(string name, string version) => new()
    {
        Metadata = new ObjectMeta { Name = name, ResourceVersion = version },
        Spec = new LeaseSpec { LeaseDurationSeconds = 2 },
    };
}
