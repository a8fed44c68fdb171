using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Storage.Files;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>A disk that fails amid a commit: reads go on, nothing is acknowledged that is not there, and writes go on once it works again.</summary>
public sealed class DiskFailureTests : IDisposable
{
    private const string Widgets = Objects.Widgets;
    private readonly TempDirectory _directory = new();
    private readonly FaultyDisk _disk = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(FaultyDisk.NoSpace, 0, "no room left", "Nothing of it was stored")]
    [InlineData(FaultyDisk.InputOutput, 0, "failed", "Whether it was stored shows")]
    [InlineData(0, FaultyDisk.InputOutput, "failed", "Whether it was stored shows")]
    [InlineData(0, FaultyDisk.NoSpace, "no room left", "Whether it was stored shows")]
    public async Task Write_DiskFails_IsRefusedAndRecoversByItself(int writeError, int syncError, params string[] expected)
    {
        await using (ObjectStore store = Open())
        {
            await store.CreateAsync("before");
            Assert.True(store.TryWatch(Widgets, store.ResourceVersion, out EventCursor cursor));
            (_disk.WriteError, _disk.SyncError) = (writeError, syncError);

            // Larger than what is left of the log file: a full disk would not matter else.
            var exception = await Assert.ThrowsAsync<StoreException>(() => store.CreateAsync("during", value: new string('d', 300_000)));

            Assert.True(exception.IsRetriable);
            Assert.All(expected, text => Assert.Contains(text, exception.Message, StringComparison.Ordinal));
            Assert.Contains(Path.Combine("store", "log-"), exception.Message, StringComparison.Ordinal);
            Assert.NotNull(store.Failure);
            Assert.Null(store.Read(Widgets).Objects.Find("default/during"));
            Assert.NotNull(store.Read(Widgets).Objects.Find("default/before"));
            Assert.Equal(1, store.ResourceVersion);

            (_disk.WriteError, _disk.SyncError) = (0, 0);
            await Eventually(() => store.Failure is null);
            StoredObject after = await store.CreateAsync("after");

            Assert.Equal(2, after.ResourceVersion);
            Assert.True(cursor.TryRead(out StoreEvent item));
            Assert.Same(after, item.Object);
        }

        await using ObjectStore again = Open();
        Assert.Equal(2, again.ResourceVersion);
        Assert.Null(again.Read(Widgets).Objects.Find("default/during"));
        Assert.NotNull(again.Read(Widgets).Objects.Find("default/after"));
    }

    [Fact]
    public async Task Write_DiskFailsAndServerIsKilled_RestartHasTheCommitOrNot()
    {
        // The sync fails, so does undoing it, and the machine goes down: what the disk holds decides, and either is right.
        byte[] log;
        ObjectStore store = Open();
        await store.CreateAsync("before");
        (_disk.SyncError, _disk.LengthError) = (FaultyDisk.InputOutput, FaultyDisk.InputOutput);
        await Assert.ThrowsAsync<StoreException>(() => store.CreateAsync("during"));
        log = File.ReadAllBytes(_directory.File(Path.Combine("store", StoreFormat.LogName(1))));
        (_disk.SyncError, _disk.LengthError) = (0, 0);
        await store.DisposeAsync();
        File.WriteAllBytes(_directory.File(Path.Combine("store", StoreFormat.LogName(1))), log);

        await using ObjectStore again = Open();

        Assert.InRange(again.ResourceVersion, 1, 2);
        Assert.NotNull(again.Read(Widgets).Objects.Find("default/before"));
        Assert.Equal(again.ResourceVersion == 2, again.Read(Widgets).Objects.Find("default/during") is not null);
    }

    [Fact]
    public async Task Write_DiskFailsManyTimesUnderLoad_KeepsExactlyWhatWasAcknowledged()
    {
        var acknowledged = new HashSet<string>();
        await using (ObjectStore store = Open())
        {
            for (int round = 0; round < 12; round++)
            {
                Task<StoredObject>[] writes = [.. Enumerable.Range(0, 40).Select(i => store.CreateAsync($"r{round}-{i}"))];
                (_disk.WriteError, _disk.SyncError) = (round % 3) switch
                {
                    0 => (FaultyDisk.NoSpace, 0),
                    1 => (0, FaultyDisk.InputOutput),
                    _ => (FaultyDisk.InputOutput, FaultyDisk.InputOutput),
                };
                Task<StoredObject>[] more = [.. Enumerable.Range(40, 40).Select(i => store.CreateAsync($"r{round}-{i}"))];
                foreach (Task<StoredObject> write in writes.Concat(more))
                {
                    try
                    {
                        acknowledged.Add((await write).Key);
                    }
                    catch (StoreException exception)
                    {
                        Assert.True(exception.IsRetriable);
                    }
                }

                (_disk.WriteError, _disk.SyncError) = (0, 0);
                await Eventually(() => store.Failure is null);
                Assert.Equal(acknowledged.Order(), Keys(store).Order());
            }
        }

        await using ObjectStore again = Open();
        Assert.Equal(acknowledged.Order(), Keys(again).Order());
        Assert.Equal(acknowledged.Count, again.ResourceVersion);
    }

    private static List<string> Keys(ObjectStore store)
    {
        var keys = new List<string>();
        foreach (StoredObject item in store.Read(Widgets).Objects)
        {
            keys.Add(item.Key);
        }

        return keys;
    }

    private static async Task Eventually(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }

    private ObjectStore Open() => ObjectStore.Open(
        FileCommitLog.Open(_directory.Path, new CommitLogOptions { FirstSegmentBytes = 64 << 10, LargestSegmentBytes = 128 << 10, RestPerWork = 0 }, disk: _disk),
        new ObjectStoreOptions { RecoveryInterval = TimeSpan.FromMilliseconds(20) });
}
