using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>What every store promises, whatever is below it.</summary>
public abstract class ObjectStoreTestBase
{
    private const string Widgets = Objects.Widgets;

    [Fact]
    public async Task Create_FreeKey_StoresWithNextVersion()
    {
        await using IObjectStore store = Open();

        StoredObject first = await store.CreateAsync("a");
        StoredObject second = await store.CreateAsync("b");

        Assert.Equal(first.ResourceVersion + 1, second.ResourceVersion);
        Assert.Contains($"\"resourceVersion\":\"{second.ResourceVersion}\"", second.Text(), StringComparison.Ordinal);
        Assert.Equal(second.ResourceVersion, store.ResourceVersion);
        Assert.Same(second, store.Read(Widgets).Objects.Find("default/b"));
    }

    [Fact]
    public async Task Create_TakenKey_IsRefusedAndChangesNothing()
    {
        await using IObjectStore store = Open();
        StoredObject first = await store.CreateAsync("a");

        WriteResult result = await store.WriteAsync(StoreWrite.Create(Widgets, Objects.Draft("a", value: "other")));

        Assert.Equal(WriteOutcome.Exists, result.Outcome);
        Assert.Same(first, result.Object);
        Assert.Equal(first.ResourceVersion, store.ResourceVersion);
    }

    [Fact]
    public async Task Update_StaleVersion_IsRefused()
    {
        await using IObjectStore store = Open();
        StoredObject first = await store.CreateAsync("a");
        StoredObject second = await store.UpdateAsync(first, "b");

        WriteResult result = await store.WriteAsync(StoreWrite.Update(Widgets, first, Objects.Draft("a", value: "c")));

        Assert.Equal(WriteOutcome.VersionMismatch, result.Outcome);
        Assert.Same(second, store.Read(Widgets).Objects.Find("default/a"));
    }

    [Fact]
    public async Task Update_ManyWritersOfOneObject_ExactlyOneWinsEachVersion()
    {
        await using IObjectStore store = Open();
        StoredObject current = await store.CreateAsync("a");

        WriteResult[] results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            store.WriteAsync(StoreWrite.Update(Widgets, current, Objects.Draft("a", value: $"v{i}")))));

        Assert.Single(results, r => r.Outcome == WriteOutcome.Committed);
        Assert.Equal(current.ResourceVersion + 1, store.ResourceVersion);
    }

    [Fact]
    public async Task Delete_ExpectedVersion_RemovesAndTellsLastState()
    {
        await using IObjectStore store = Open();
        StoredObject current = await store.CreateAsync("a", value: "last");

        WriteResult result = await store.WriteAsync(StoreWrite.Delete(Widgets, current));

        Assert.Equal(WriteOutcome.Committed, result.Outcome);
        Assert.Null(store.Read(Widgets).Objects.Find("default/a"));
        Assert.Contains("\"last\"", result.Object!.Text(), StringComparison.Ordinal);
        Assert.Contains($"\"resourceVersion\":\"{current.ResourceVersion + 1}\"", result.Object!.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_FromVersion_SeesEveryLaterEventOnceInOrder()
    {
        await using IObjectStore store = Open();
        StoredObject a = await store.CreateAsync("a");
        Assert.True(store.TryWatch(Widgets, a.ResourceVersion, out EventCursor cursor));

        a = await store.UpdateAsync(a, "b");
        await store.CreateAsync("b");
        await store.WriteAsync(StoreWrite.Delete(Widgets, a));

        var seen = new List<(StoreEventKind, string)>();
        while (cursor.TryRead(out StoreEvent item))
        {
            seen.Add((item.Kind, item.Object.Summary.Name));
        }

        Assert.Equal([(StoreEventKind.Modified, "a"), (StoreEventKind.Added, "b"), (StoreEventKind.Deleted, "a")], seen);
    }

    [Fact]
    public async Task Watch_ReaderBehindTheHistory_IsToldItIsTooSlow()
    {
        await using IObjectStore store = Open(new ObjectStoreOptions { HistoryEvents = EventSegment.Capacity });
        Assert.True(store.TryWatch(Widgets, 0, out EventCursor cursor));

        await Task.WhenAll(Enumerable.Range(0, 4 * EventSegment.Capacity).Select(i => store.CreateAsync($"w{i}")));

        Assert.True(cursor.IsTooSlow);
        Assert.False(cursor.TryRead(out _));
        Assert.False(store.TryWatch(Widgets, 1, out _));
    }

    [Fact]
    public async Task Watch_ConcurrentWritersAndReaders_EveryReaderSeesAllVersionsInOrder()
    {
        await using IObjectStore store = Open();
        const int Writes = 3000;
        Task<long[]>[] readers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            Assert.True(store.TryWatch(Widgets, 0, out EventCursor cursor));
            var versions = new List<long>();
            while (versions.Count < Writes)
            {
                Task appended = cursor.Appended;
                if (cursor.TryRead(out StoreEvent item))
                {
                    versions.Add(item.ResourceVersion);
                }
                else
                {
                    await appended.WaitAsync(TimeSpan.FromSeconds(30));
                }
            }

            return versions.ToArray();
        }))];

        await Task.WhenAll(Enumerable.Range(0, Writes).Select(i => store.CreateAsync($"w{i}")));

        long[] expected = [.. Enumerable.Range(1, Writes).Select(i => (long)i)];
        foreach (Task<long[]> reader in readers)
        {
            Assert.Equal(expected, await reader);
        }
    }

    [Fact]
    public async Task TryReadAt_EarlierVersion_IsTheStateOfThatVersion()
    {
        await using IObjectStore store = Open();
        StoredObject a = await store.CreateAsync("a");
        StoredObject b = await store.CreateAsync("b");
        await store.UpdateAsync(a, "changed");
        await store.WriteAsync(StoreWrite.Delete(Widgets, b));
        await store.CreateAsync("c");

        Assert.True(store.TryReadAt(Widgets, b.ResourceVersion, out StoreSnapshot snapshot));

        Assert.Equal(b.ResourceVersion, snapshot.ResourceVersion);
        Assert.Equal(2, snapshot.Objects.Count);
        Assert.Same(a, snapshot.Objects.Find("default/a"));
        Assert.Same(b, snapshot.Objects.Find("default/b"));
    }

    [Fact]
    public async Task WaitFor_VersionToCome_CompletesWhenItDoes()
    {
        await using IObjectStore store = Open();
        Task<bool> waiting = store.WaitForAsync(2, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        await store.CreateAsync("a");
        Assert.False(waiting.IsCompleted);
        await store.CreateAsync("b");

        Assert.True(await waiting);
        Assert.False(await store.WaitForAsync(99, TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken));
    }

    private protected abstract IObjectStore Open(ObjectStoreOptions? options = null);
}
