using Lodestone.Client.Events;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Lodestone.Client.Tests.Events;

public sealed class EventCorrelatorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly EventCorrelator _correlator;

    public EventCorrelatorTests() => _correlator = new EventCorrelator(_time);

    [Fact]
    public void Admit_DifferentEvents_AreThemselves()
    {
        EventIdentity one = Identity("a", "Programmed", "1 of 1 gateways");
        EventIdentity other = Identity("a", "NoPool", "create one");

        Assert.Equal((one, "1 of 1 gateways"), _correlator.Admit(one));
        Assert.Equal((other, "create one"), _correlator.Admit(other));
    }

    [Fact]
    public void Admit_OneObject_Gets25AtOnceAndThenOneEveryFiveMinutes()
    {
        Assert.Equal(25, Admitted(100));

        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, Admitted(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, Admitted(100));
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(25, Admitted(100));

        int Admitted(int count) => Enumerable.Range(0, count).Count(_ => _correlator.Admit(Identity("a", "Same", "again")) is not null);
    }

    [Fact]
    public void Admit_OtherObjects_HaveTheirOwn25()
    {
        int admitted = Enumerable.Range(0, 100).Sum(i => _correlator.Admit(Identity($"lb-{i % 4}", $"Reason{i}", "m")) is null ? 0 : 1);

        Assert.Equal(100, admitted);
    }

    [Fact]
    public void Admit_TenthMessageOfOneReason_IsCombinedWithThoseAfterIt()
    {
        (EventIdentity Key, string Message)?[] told = [.. Enumerable.Range(0, 12).Select(i => _correlator.Admit(Identity("a", "Conflict", $"with {i}")))];

        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"with {i}"), told.Take(9).Select(t => t!.Value.Message));
        Assert.Equal(10, told.Select(t => t!.Value.Key).Distinct().Count());
        Assert.Equal("(combined from similar events): with 11", told[11]!.Value.Message);
    }

    [Fact]
    public void Admit_SimilarOnesLongAfter_AreThemselvesAgain()
    {
        for (int i = 0; i < 12; i++)
        {
            _correlator.Admit(Identity("a", "Conflict", $"with {i}"));
        }

        _time.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal("with 12", _correlator.Admit(Identity("a", "Conflict", "with 12"))!.Value.Message);
    }

    [Fact]
    public void Admit_SameMessageOften_IsNotCombined() =>
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal("again", _correlator.Admit(Identity("a", "Same", "again"))!.Value.Message));

    [Fact]
    public void RecentMap_Full_ForgetsWhatWasNotAskedForLongest()
    {
        var map = new RecentMap<int, string>(2);
        map.Set(1, "one");
        map.Set(2, "two");
        Assert.True(map.TryGet(1, out _));
        map.Set(3, "three");
        map.Set(3, "drei");

        Assert.False(map.TryGet(2, out _));
        Assert.True(map.TryGet(1, out _));
        Assert.True(map.TryGet(3, out string? value));
        Assert.Equal("drei", value);
    }

    private static EventIdentity Identity(string name, string reason, string message) =>
        new("networking.ironcore.dev/v1alpha1", "LoadBalancer", "default", name, $"{name}-uid", EventType.Warning, reason, message);
}
