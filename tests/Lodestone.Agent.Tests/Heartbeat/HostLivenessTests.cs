using Lodestone.Agent.Heartbeat;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Agent.Tests.Heartbeat;

public sealed class HostLivenessTests
{
    private readonly ManualTime _time = new(World.Start);
    private readonly HostLiveness _liveness;
    private readonly Host[] _hosts = [HostOf("host-a", "True"), HostOf("host-b", "True"), HostOf("host-c", "False")];

    public HostLivenessTests() => _liveness = new HostLiveness("host-a", _time);

    [Fact]
    public void ReadyHosts_OwnHost_NeedsNoLease()
    {
        Assert.Equal(["host-a"], _liveness.ReadyHosts(_hosts, out TimeSpan? until));
        Assert.Null(until);
    }

    [Fact]
    public void ReadyHosts_LeaseRenewed_CountsUntilItsDurationHasPassed()
    {
        Assert.True(_liveness.Observe(LeaseOf("host-b", "1")));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(_liveness.Observe(LeaseOf("host-b", "2")));
        _time.Advance(TimeSpan.FromSeconds(14));

        Assert.Equal(["host-a", "host-b"], _liveness.ReadyHosts(_hosts, out TimeSpan? until).Order());
        Assert.Equal(TimeSpan.FromSeconds(1), until);
        _time.Advance(until!.Value);
        Assert.Equal(["host-a"], _liveness.ReadyHosts(_hosts, out _));
        Assert.True(_liveness.Observe(LeaseOf("host-b", "3")));
    }

    [Fact]
    public void Observe_SameVersionAgain_IsNoRenewal()
    {
        _liveness.Observe(LeaseOf("host-b", "1"));
        _time.Advance(TimeSpan.FromSeconds(15));
        _liveness.Observe(LeaseOf("host-b", "1"));

        Assert.Equal(["host-a"], _liveness.ReadyHosts(_hosts, out _));
    }

    [Fact]
    public void ReadyHosts_NotReadyOrForgotten_DoNotCount()
    {
        _liveness.Observe(LeaseOf("host-b", "1"));
        _liveness.Observe(LeaseOf("host-c", "1"));
        _liveness.Forget("host-b");

        Assert.Equal(["host-a"], _liveness.ReadyHosts(_hosts, out _));
    }

    private static Host HostOf(string name, string ready) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Status = new HostStatus { Conditions = [new Condition { Type = "Ready", Status = ready }] },
    };

    private static Lease LeaseOf(string name, string version) => new()
    {
        Metadata = new ObjectMeta { Name = name, ResourceVersion = version },
        Spec = new LeaseSpec { LeaseDurationSeconds = 15 },
    };
}
