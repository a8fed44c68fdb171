using Lodestone.Agent.Health;
using Xunit;

namespace Lodestone.Agent.Tests.Health;

public sealed class ProbeScheduleTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    [Fact]
    public void Add_ThousandsAtOnce_AreSpreadEvenly()
    {
        ProbeSchedule schedule = Filled(10_000);
        var tenths = new int[10];
        while (schedule.TryTake(Start.AddSeconds(1), out _, out DateTimeOffset due))
        {
            tenths[Math.Min(9, (int)((due - Start) * 10).TotalSeconds)]++;
        }

        Assert.Equal(10_000, tenths.Sum());
        Assert.All(tenths, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Again_ThousandsOfRounds_KeepTheirRateAndNeverBunch()
    {
        // 5,000 targets every 5 s are 1,000 a second, in each second after the first rounds.
        ProbeSchedule schedule = Filled(5_000);
        var perSecond = new int[120];
        for (int tick = 0; tick < perSecond.Length * 100; tick++)
        {
            DateTimeOffset now = Start.AddMilliseconds(10 * tick);
            while (schedule.TryTake(now, out HealthKey key, out DateTimeOffset due))
            {
                perSecond[tick / 100]++;
                schedule.Again(key, due, Interval, 0.1, now);
            }
        }

        // The spread of the first second, widened by each round's jitter.
        Assert.InRange(perSecond[60..].Sum(), 59_000, 61_000);
        Assert.All(perSecond[100..], count => Assert.InRange(count, 500, 1_500));
    }

    [Fact]
    public void Again_Late_StartsFromNowAndDoesNotCatchUp()
    {
        ProbeSchedule schedule = Filled(1);
        Assert.True(schedule.TryTake(Start.AddMinutes(1), out HealthKey key, out DateTimeOffset due));
        schedule.Again(key, due, Interval, 0, Start.AddMinutes(1));
        Assert.True(schedule.TryTake(Start.AddMinutes(1), out _, out due));
        schedule.Again(key, due, Interval, 0, Start.AddMinutes(1));
        Assert.False(schedule.TryTake(Start.AddMinutes(1), out _, out _));
        Assert.Equal(Start.AddMinutes(1) + Interval, schedule.Next);
    }

    [Fact]
    public void Remove_AndAddAgain_HasOneTurn()
    {
        ProbeSchedule schedule = Filled(2);
        HealthKey key = Targets.Of("nic-0").Key;
        schedule.Add(key, Start);
        schedule.Remove(Targets.Of("nic-1").Key);

        Assert.True(schedule.TryTake(Start.AddSeconds(1), out HealthKey taken, out DateTimeOffset due));
        Assert.Equal(key, taken);
        Assert.False(schedule.TryTake(Start.AddSeconds(1), out _, out _));
        schedule.Remove(key);
        schedule.Again(key, due, Interval, 0, Start);
        Assert.Equal((0, null), (schedule.Count, schedule.Next));
    }

    private static ProbeSchedule Filled(int count)
    {
        var schedule = new ProbeSchedule(new Random(1));
        for (int i = 0; i < count; i++)
        {
            schedule.Add(Targets.Of($"nic-{i}").Key, Start);
        }

        return schedule;
    }
}
