using System.Runtime.Versioning;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Storage.Files;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>The store over files: what every store promises, and that it is all there after a close.</summary>
public sealed class FileObjectStoreTests : ObjectStoreTestBase, IDisposable
{
    private const string Widgets = Objects.Widgets;
    private readonly TempDirectory _directory = new();

    private static CommitLogOptions Small { get; } = new()
    {
        SnapshotAfterBytes = 100_000,
        FirstSegmentBytes = 64 << 10,
        LargestSegmentBytes = 256 << 10,
        RestPerWork = 0,
    };

    public void Dispose() => _directory.Dispose();

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Open_NewStore_IsReadableByItsOwnerOnly()
    {
        await using IObjectStore store = Open();
        await store.CreateAsync("a");

        string directory = StoreFormat.StoreDirectory(_directory.Path);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory));
        Assert.All(Directory.GetFiles(directory), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task Open_AfterClose_HasStateVersionAndHistory()
    {
        StoredObject a, b;
        await using (IObjectStore store = Open())
        {
            a = await store.CreateAsync("a");
            b = await store.CreateAsync("b");
            a = await store.UpdateAsync(a, "changed");
            await store.WriteAsync(StoreWrite.Delete(Widgets, b));
        }

        await using IObjectStore again = Open();

        Assert.Equal(4, again.ResourceVersion);
        Assert.Equal(a.Text(), again.Read(Widgets).Objects.Find("default/a")!.Text());
        Assert.Equal(1, again.Read(Widgets).Objects.Count);
        Assert.True(again.TryWatch(Widgets, 2, out EventCursor cursor));
        Assert.True(cursor.TryRead(out StoreEvent modified));
        Assert.Equal(StoreEventKind.Modified, modified.Kind);
        Assert.True(cursor.TryRead(out StoreEvent deleted));
        Assert.Equal((StoreEventKind.Deleted, 4L), (deleted.Kind, deleted.ResourceVersion));
        Assert.False(cursor.TryRead(out _));
    }

    [Fact]
    public async Task Snapshot_LogGrewPastBound_IsTakenAndOldFilesGo()
    {
        const int Count = 3000;
        long version;
        await using (ObjectStore store = Open(Small))
        {
            await Task.WhenAll(Enumerable.Range(0, Count).Select(i => store.CreateAsync($"w{i}")));
            StoredObject first = store.Read(Widgets).Objects.Find("default/w0")!;
            while (StoreFormat.Snapshots(StoreFormat.StoreDirectory(_directory.Path)).Count == 0
                || StoreFormat.LogFiles(StoreFormat.StoreDirectory(_directory.Path)).ContainsKey(1))
            {
                first = await store.UpdateAsync(first, "more");
            }

            version = (await store.UpdateAsync(first, "tail")).ResourceVersion;
        }

        await using ObjectStore again = Open(Small);

        Assert.Equal(Count, again.Read(Widgets).Objects.Count);
        Assert.Equal(version, again.ResourceVersion);
        Assert.Contains("\"tail\"", again.Read(Widgets).Objects.Find("default/w0")!.Text(), StringComparison.Ordinal);
        Assert.False(again.TryWatch(Widgets, 1, out _));
        Assert.Single(StoreFormat.Snapshots(StoreFormat.StoreDirectory(_directory.Path)));
    }

    [Fact]
    public async Task Snapshot_TakenWhileWritesGoOn_LosesNothing()
    {
        const int Rounds = 40, Each = 200;
        for (int part = 0; part < 2; part++)
        {
            await using ObjectStore store = Open(Small with { SnapshotAfterBytes = 20_000 });
            for (int round = 0; round < Rounds; round++)
            {
                await Task.WhenAll(Enumerable.Range(0, Each).Select(i => store.CreateAsync($"p{part}-r{round}-{i}")));
            }
        }

        await using IObjectStore again = Open();
        Assert.Equal(2 * Rounds * Each, again.Read(Widgets).Objects.Count);
        Assert.Equal(2 * Rounds * Each, again.ResourceVersion);
    }

    [Fact]
    public async Task Append_NewLogFileEveryFewCommits_LosesNothing()
    {
        var options = new CommitLogOptions { SnapshotAfterBytes = 400_000, FirstSegmentBytes = 12 << 10, LargestSegmentBytes = 16 << 10, RestPerWork = 0 };
        for (int part = 0; part < 4; part++)
        {
            await using ObjectStore store = Open(options);
            Assert.Equal(part * 300, store.ResourceVersion);
            for (int i = 0; i < 300; i++)
            {
                await store.CreateAsync($"p{part}-{i}");
            }
        }

        await using ObjectStore again = Open(options);
        Assert.Equal((1200, 1200L), (again.Read(Widgets).Objects.Count, again.ResourceVersion));
    }

    [Fact]
    public async Task Append_CommitLargerThanALogFile_IsReadBack()
    {
        string value = new('x', 1 << 20);
        await using (ObjectStore store = Open(Small))
        {
            await store.CreateAsync("small");
            await store.CreateAsync("large", value: value);
            await store.CreateAsync("after");
        }

        await using ObjectStore again = Open(Small);

        Assert.Equal(3, again.ResourceVersion);
        Assert.Contains(value, again.Read(Widgets).Objects.Find("default/large")!.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ManyTimesWithoutWrites_ChangesNothing()
    {
        await using (IObjectStore store = Open())
        {
            await store.CreateAsync("a");
        }

        for (int i = 0; i < 3; i++)
        {
            await Open().DisposeAsync();
        }

        await using IObjectStore again = Open();
        Assert.Equal(1, again.ResourceVersion);
        Assert.InRange(StoreFormat.LogFiles(StoreFormat.StoreDirectory(_directory.Path)).Count, 1, 2);
    }

    [Fact]
    public async Task Open_SecondServer_IsRefusedWithPidAndFile()
    {
        await using IObjectStore store = Open();

        var exception = Assert.Throws<StoreException>(() => Open());

        Assert.Contains($"pid {Environment.ProcessId} ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.File("store.lock"), exception.Message, StringComparison.Ordinal);
    }

    private protected override IObjectStore Open(ObjectStoreOptions? options = null) => ObjectStore.Open(FileCommitLog.Open(_directory.Path), options);

    private ObjectStore Open(CommitLogOptions options) => ObjectStore.Open(FileCommitLog.Open(_directory.Path, options));
}
