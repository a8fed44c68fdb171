using CsCheck;
using Lodestone.Agent.Announce.Layer2;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Datapath.Layout;
using Xunit;

namespace Lodestone.Agent.Tests.Announce.Layer2;

public sealed class AnnouncementScheduleTests
{
    private static readonly DatapathAddress First = DatapathAddress.Parse("198.51.100.1");
    private static readonly DatapathAddress Second = DatapathAddress.Parse("198.51.100.2");
    private static readonly DatapathAddress Third = DatapathAddress.Parse("198.51.100.3");

    private readonly ManualTime _time = new(World.Start);
    private readonly AnnouncementSchedule _schedule;

    public AnnouncementScheduleTests() => _schedule = new AnnouncementSchedule(_time);

    [Fact]
    public void Take_NewVip_IsDueAtOnceThenAfterTwoSecondsThenEveryMinute()
    {
        Assert.True(_schedule.Add(First));
        Assert.False(_schedule.Add(First));
        foreach (int seconds in (int[])[0, 2, 60, 60])
        {
            if (seconds > 0)
            {
                Assert.Equal(TimeSpan.FromSeconds(seconds), _schedule.UntilNext());
                _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
                Assert.Empty(_schedule.Take(64));
                _time.Advance(TimeSpan.FromTicks(1));
            }

            Assert.Equal(TimeSpan.Zero, _schedule.UntilNext());
            Assert.Equal([First], _schedule.Take(64));
            Assert.Equal(seconds > 2, _schedule.IsRegular(First));
        }

        Assert.False(_schedule.IsRegular(Second));
    }

    [Fact]
    public void Take_SomeNeverAnnounced_TheyComeFirst()
    {
        _schedule.Add(First);
        _schedule.Add(Second);
        Assert.Equal(2, _schedule.Take(64).Count);
        _time.Advance(TimeSpan.FromSeconds(2));
        _schedule.Add(Third);

        Assert.Equal([Third], _schedule.Take(1));
        Assert.Equal(2, _schedule.Take(64).Count);
    }

    [Fact]
    public void Repeat_AnnouncedVip_IsDueNow()
    {
        _schedule.Add(First);
        _schedule.Take(64);
        _schedule.Repeat(First, TimeSpan.Zero);
        _schedule.Repeat(Second, TimeSpan.Zero);

        Assert.Equal([First], _schedule.Take(64));
        Assert.Equal(TimeSpan.FromSeconds(2), _schedule.UntilNext());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([First], _schedule.Take(64));
        Assert.Equal(TimeSpan.FromMinutes(1), _schedule.UntilNext());
    }

    [Fact]
    public void Repeat_Later_IsDueThenAndWhatIsDueBeforeToo()
    {
        _schedule.Add(First);
        _schedule.Take(64);
        _schedule.Repeat(First, TimeSpan.FromSeconds(8));
        foreach (int seconds in (int[])[2, 6, 60])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), _schedule.UntilNext());
            _time.Advance(TimeSpan.FromSeconds(seconds));
            Assert.Equal([First], _schedule.Take(64));
        }

        // Where nothing is due before, it is announced twice.
        _schedule.Repeat(First, TimeSpan.FromSeconds(8));
        foreach (int seconds in (int[])[8, 2, 60])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), _schedule.UntilNext());
            _time.Advance(TimeSpan.FromSeconds(seconds));
            Assert.Equal([First], _schedule.Take(64));
        }
    }

    [Fact]
    public void Remove_VipThatIsDue_IsNotTaken()
    {
        _schedule.Add(First);
        Assert.True(_schedule.Remove(First));
        Assert.False(_schedule.Remove(First));

        Assert.Empty(_schedule.Take(64));
        Assert.Equal((0, TimeSpan.FromMinutes(1)), (_schedule.Count, _schedule.UntilNext()));
    }

    [Fact]
    public void Take_AnyHistory_IsThatOfAScheduleThatLooksAtAll() => Gen.Int[0, 99].Array[1, 120].Sample(steps =>
    {
        var time = new ManualTime(World.Start);
        var schedule = new AnnouncementSchedule(time);
        var plain = new Dictionary<DatapathAddress, (int Times, DateTimeOffset Next, DateTimeOffset? Then)>();
        foreach (int step in steps)
        {
            DatapathAddress vip = DatapathAddress.Parse($"198.51.100.{step % 7}");
            switch (step / 20)
            {
                case 0:
                    Assert.Equal(plain.TryAdd(vip, (0, time.GetUtcNow(), null)), schedule.Add(vip));
                    break;
                case 1:
                    Assert.Equal(plain.Remove(vip), schedule.Remove(vip));
                    break;
                case 2:
                    var after = TimeSpan.FromSeconds(step % 3 * 5);
                    schedule.Repeat(vip, after);
                    if (plain.TryGetValue(vip, out (int Times, DateTimeOffset Next, DateTimeOffset? Then) known))
                    {
                        DateTimeOffset at = time.GetUtcNow() + after;
                        plain[vip] = after == TimeSpan.Zero || at < known.Next ? (Math.Max(known.Times, 1), at, at.AddSeconds(2)) : (known.Times, known.Next, at);
                    }

                    break;
                case 3:
                    time.Advance(TimeSpan.FromSeconds(step % 20 * 4));
                    break;
                default:
                    int most = 1 + (step % 4);
                    List<DatapathAddress> taken = schedule.Take(most);
                    List<DatapathAddress> due = [.. plain.Where(v => v.Value.Next <= time.GetUtcNow()).OrderBy(v => Math.Min(v.Value.Times, 2)).Select(v => v.Key)];

                    // Which of those that were announced as often comes first is nobody's concern.
                    Assert.Equal(due.Take(most).Select(v => Math.Min(plain[v].Times, 2)), taken.Select(v => Math.Min(plain[v].Times, 2)));
                    Assert.Equal(taken.Count, taken.Distinct().Count());
                    Assert.All(taken, v => Assert.Contains(v, due));
                    foreach (DatapathAddress v in taken)
                    {
                        int times = plain[v].Times + 1;
                        DateTimeOffset? then = plain[v].Then;
                        plain[v] = (times, then > time.GetUtcNow() ? then.Value : time.GetUtcNow() + TimeSpan.FromSeconds(times == 1 || then is not null ? 2 : 60), null);
                    }

                    break;
            }

            Assert.Equal(plain.Count, schedule.Count);
            Assert.Equal(
                plain.Count == 0 ? TimeSpan.FromMinutes(1) : plain.Values.Min(v => v.Next) - time.GetUtcNow(),
                schedule.UntilNext());
        }
    });
}
