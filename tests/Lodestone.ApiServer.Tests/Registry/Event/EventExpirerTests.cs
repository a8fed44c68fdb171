using System.Text;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Registry.Event;
using Lodestone.ApiServer.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.ApiServer.Tests.Registry.Event;

public sealed class EventExpirerTests : IAsyncDisposable
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);
    private static readonly string Resource = ResourceDefinitions.Event.QualifiedName;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly ObjectStore _store = ObjectStore.Open(new MemoryCommitLog());

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Step_AnHourAfterTheLastWrite_Deletes()
    {
        EventExpirer expirer = Expirer();
        Assert.Equal(Timeout.InfiniteTimeSpan, await StepAsync(expirer));
        await CreateAsync("once");
        StoredObject repeated = await CreateAsync("repeated");
        Assert.Equal(TimeToLive, await StepAsync(expirer));
        _time.Advance(TimeSpan.FromMinutes(30));
        await _store.WriteAsync(StoreWrite.Update(Resource, repeated, Draft("repeated", count: 2)));
        Assert.Equal(TimeSpan.FromMinutes(30), await StepAsync(expirer));
        Assert.Equal(["n/once", "n/repeated"], Keys());

        _time.Advance(TimeSpan.FromMinutes(30));
        await StepAsync(expirer);
        Assert.Equal(["n/repeated"], Keys());

        _time.Advance(TimeSpan.FromMinutes(30));
        await StepAsync(expirer);
        Assert.Empty(Keys());
    }

    [Fact]
    public async Task Step_EventsOfBeforeTheStart_GoByTheirOwnTimes()
    {
        await CreateAsync("young", lastSeen: "2026-01-01T11:59:00Z");
        await CreateAsync("old", lastSeen: "2026-01-01T11:01:00Z");
        await CreateAsync("past", lastSeen: "2026-01-01T10:00:00Z");
        await CreateAsync("future", lastSeen: "2036-01-01T00:00:00Z");
        EventExpirer expirer = Expirer();

        Assert.Equal(TimeSpan.FromMinutes(1), await StepAsync(expirer));
        Assert.Equal(["n/future", "n/old", "n/young"], Keys());

        _time.Advance(TimeToLive);
        await StepAsync(expirer);
        Assert.Empty(Keys());
    }

    [Fact]
    public async Task Step_MoreThanABatch_DeletesAll()
    {
        EventExpirer expirer = Expirer();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => CreateAsync($"e-{i}")));
        await StepAsync(expirer);
        _time.Advance(TimeToLive);

        await StepAsync(expirer);

        Assert.Empty(Keys());
    }

    [Fact]
    public async Task Run_EventThatExpires_IsDeletedByItself()
    {
        using var stopping = new CancellationTokenSource();
        await CreateAsync("past", lastSeen: "2026-01-01T10:00:00Z");
        Assert.True(_store.TryWatch(Resource, _store.ResourceVersion, out EventCursor cursor));
        Task appended = cursor.Appended;

        Task run = Expirer().RunAsync(stopping.Token);

        await appended.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Empty(Keys());
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private static ObjectDraft Draft(string name, int count = 1, string lastSeen = "2026-01-01T12:00:00Z") => new(Encoding.UTF8.GetBytes(
        $$$"""
        {"apiVersion":"v1","kind":"Event",
         "metadata":{"name":"{{{name}}}","namespace":"n","uid":"u-{{{name}}}","resourceVersion":"","creationTimestamp":"2026-01-01T09:00:00Z"},
         "count":{{{count}}},"lastTimestamp":"{{{lastSeen}}}"}
        """));

    private static Task<TimeSpan> StepAsync(EventExpirer expirer) => expirer.StepAsync(TestContext.Current.CancellationToken);

    private EventExpirer Expirer() => new(_store, TimeToLive, _time, NullLogger<EventExpirer>.Instance);

    private List<string> Keys()
    {
        var keys = new List<string>();
        foreach (StoredObject item in _store.Read(Resource).Objects)
        {
            keys.Add(item.Key);
        }

        return keys;
    }

    private async Task<StoredObject> CreateAsync(string name, string lastSeen = "2026-01-01T12:00:00Z") =>
        (await _store.WriteAsync(StoreWrite.Create(Resource, Draft(name, lastSeen: lastSeen)))).Object!;
}
