using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Controllers.Hosts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Controllers.Tests.Hosts;

public sealed class LeaseClockTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);
    private static readonly ControllerOptions Options = new();

    private readonly FakeTimeProvider _time = new();
    private readonly LeaseClock _clock;
    private readonly Dictionary<string, Lease> _leases = [];

    public LeaseClockTests()
    {
        _clock = new LeaseClock(Options, _time);
        Renew("a", "b", "c", "d");
    }

    [Fact]
    public void Remaining_OneOfMany_LapsesWhenItsDurationHasPassed()
    {
        _time.Advance(TimeSpan.FromSeconds(1.5));
        Renew("a", "b", "c");
        Assert.Equal(TimeSpan.FromSeconds(0.5), Left("d"));
        _time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(["d"], Lapsed());

        Renew("d");
        Assert.Equal(Duration, Left("d"));
    }

    [Fact]
    public void Remaining_HalfOfThem_AreBelieved()
    {
        _time.Advance(Duration);
        Renew("a", "b");
        Assert.Equal(["c", "d"], Lapsed());
    }

    [Fact]
    public void Remaining_MostAtOnce_AreWaitedForAndNoneIsDeadWhenTheyAreBack()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(Lapsed());

        // One after the other, as they get through to a server that is back.
        foreach (string name in (string[])["a", "b", "c", "d"])
        {
            Renew(name);
            Assert.Empty(Lapsed());
            _time.Advance(TimeSpan.FromSeconds(0.3));
        }

        Assert.Empty(Lapsed());
    }

    [Fact]
    public void Remaining_MostAreBackAndOneIsNot_LapsesAWholeDurationLater()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(Lapsed());
        Renew("a", "b", "c");
        Assert.Empty(Lapsed());
        Assert.Equal(Duration, Left("d"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Renew("a", "b", "c");
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["d"], Lapsed());
    }

    [Fact]
    public void Remaining_MostForGood_LapseAfterTheGrace()
    {
        _time.Advance(Duration);
        Assert.Empty(Lapsed());
        _time.Advance(Options.MassLossGrace - TimeSpan.FromSeconds(0.1));
        Assert.InRange(Left("a"), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(0.1));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(["a", "b", "c", "d"], Lapsed());

        // Those that were told dead stay so when others come back.
        Renew("a", "b", "c");
        Assert.Equal(["d"], Lapsed());
    }

    [Fact]
    public void Remaining_SecondMassLossLongAfterTheFirst_IsWaitedForAnew()
    {
        _time.Advance(Duration);
        Assert.Empty(Lapsed());
        Renew("a", "b", "c", "d");
        Assert.Empty(Lapsed());
        for (int i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Renew("a", "b", "c", "d");
            Assert.Empty(Lapsed());
        }

        _time.Advance(Duration);
        Assert.Empty(Lapsed());
    }

    private void Renew(params string[] names)
    {
        foreach (string name in names)
        {
            _leases[name] = new Lease
            {
                Metadata = new ObjectMeta { Name = name, Uid = name },
                Spec = new LeaseSpec { HolderIdentity = name, LeaseDurationSeconds = (int)Duration.TotalSeconds, RenewTime = _time.GetUtcNow() },
            };
            Assert.Equal(Duration, Left(name));
        }
    }

    private TimeSpan Left(string name) => _clock.Remaining(name, _leases[name]);

    private string[] Lapsed() => [.. _leases.Keys.Where(name => Left(name) <= TimeSpan.Zero).Order(StringComparer.Ordinal)];
}
