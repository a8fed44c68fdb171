using System.Runtime.Versioning;
using Lodestone.ApiServer.Storage;
using Microsoft.Data.Sqlite;

namespace Lodestone.ApiServer.Tests.Storage;

public sealed class SqliteObjectStoreTests : ObjectStoreTestBase, IDisposable
{
    private const string Widgets = Objects.Widgets;
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Open_NewStore_IsReadableByItsOwnerOnly()
    {
        await using IObjectStore store = Open();
        await store.CreateAsync("a");

        string[] files = Directory.GetFiles(_directory.Path, "store.db*");

        Assert.Contains(files, file => file.EndsWith("-wal", StringComparison.Ordinal));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
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
    public async Task Snapshot_LogGrewPastBound_IsTakenAndOldRowsGo()
    {
        const int Count = 3000;
        await using (ObjectStore store = Open(snapshotAfterBytes: 100_000))
        {
            await Task.WhenAll(Enumerable.Range(0, Count).Select(i => store.CreateAsync($"w{i}")));
            StoredObject first = store.Read(Widgets).Objects.Find("default/w0")!;
            await Eventually(() => Query("SELECT count(*) FROM snapshot") == 1
                && Query("SELECT count(*) FROM log WHERE version <= (SELECT version FROM snapshot)") == 0);
            await store.UpdateAsync(first, "tail");
        }

        await using ObjectStore again = Open(snapshotAfterBytes: 100_000);

        Assert.Equal(Count, again.Read(Widgets).Objects.Count);
        Assert.Equal(Count + 1, again.ResourceVersion);
        Assert.Contains("\"tail\"", again.Read(Widgets).Objects.Find("default/w0")!.Text(), StringComparison.Ordinal);
        Assert.False(again.TryWatch(Widgets, 1, out _));
    }

    [Fact]
    public async Task Snapshot_TakenWhileWritesGoOn_LosesNothing()
    {
        const int Rounds = 12, Each = 200;
        await using (ObjectStore store = Open(snapshotAfterBytes: 20_000, options: new() { MaintenanceDelay = TimeSpan.Zero }))
        {
            for (int round = 0; round < Rounds; round++)
            {
                await Task.WhenAll(Enumerable.Range(0, Each).Select(i => store.CreateAsync($"r{round}-{i}")));
            }
        }

        await using IObjectStore again = Open();
        Assert.Equal(Rounds * Each, again.Read(Widgets).Objects.Count);
        Assert.Equal(Rounds * Each, again.ResourceVersion);
    }

    [Fact]
    public async Task Snapshot_WritesNeverPause_IsTakenAllTheSame()
    {
        await using ObjectStore store = Open(snapshotAfterBytes: 20_000, options: new() { MaintenanceDelay = TimeSpan.FromHours(1) });
        for (int i = 0; i < 2000 && Query("SELECT count(*) FROM snapshot") == 0; i++)
        {
            await store.CreateAsync($"w{i}");
        }

        Assert.NotEqual(0, Query("SELECT count(*) FROM snapshot"));
    }

    [Fact]
    public async Task Open_ChangedByte_NamesFileAndRow()
    {
        await FillAndChange("UPDATE log SET entries = zeroblob(length(entries)) WHERE version = 2");

        var exception = Assert.Throws<StoreCorruptException>(() => Open());

        Assert.Equal(_directory.File("store.db"), exception.File);
        Assert.Contains("row 2 of table log", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_MissingRow_SaysWhichVersionsAreMissing()
    {
        await FillAndChange("DELETE FROM log WHERE version = 2");

        var exception = Assert.Throws<StoreCorruptException>(() => Open());

        Assert.Contains("from version 1 to 3", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NotADatabase_NamesFile()
    {
        File.WriteAllText(_directory.File("store.db"), new string('x', 8192));

        var exception = Assert.Throws<StoreCorruptException>(() => Open());

        Assert.Equal(_directory.File("store.db"), exception.File);
    }

    [Fact]
    public async Task Open_TornTail_HasEverythingBeforeIt()
    {
        using var torn = new TempDirectory();
        await using (IObjectStore store = Open())
        {
            await store.CreateAsync("a");
            File.Copy(_directory.File("store.db"), torn.File("store.db"));
            await store.CreateAsync("b");

            // As after a power loss in the middle of the second commit: the log's file ends inside it.
            using FileStream source = new(_directory.File("store.db-wal"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using FileStream copy = File.Create(torn.File("store.db-wal"));
            await source.CopyToAsync(copy, TestContext.Current.CancellationToken);
            copy.SetLength(copy.Length - 1000);
        }

        await using ObjectStore again = ObjectStore.Open(SqliteCommitLog.Open(torn.Path));

        Assert.Equal(1, again.ResourceVersion);
        Assert.NotNull(again.Read(Widgets).Objects.Find("default/a"));
    }

    [Fact]
    public async Task Open_SecondServer_IsRefused()
    {
        await using IObjectStore store = Open();

        var exception = Assert.Throws<StoreException>(() => Open());

        Assert.Contains("another server", exception.Message, StringComparison.Ordinal);
    }

    private protected override IObjectStore Open(ObjectStoreOptions? options = null) => Open(64 << 20, options);

    private static async Task Eventually(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(10, deadline.Token);
        }
    }

    private ObjectStore Open(long snapshotAfterBytes, ObjectStoreOptions? options = null) =>
        ObjectStore.Open(SqliteCommitLog.Open(_directory.Path, snapshotAfterBytes), options);

    private async Task FillAndChange(string statement)
    {
        await using (IObjectStore store = Open())
        {
            await store.CreateAsync("a");
            await store.CreateAsync("b");
            await store.CreateAsync("c");
        }

        using var connection = new SqliteConnection($"Data Source={_directory.File("store.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = statement;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private long Query(string text)
    {
        using var connection = new SqliteConnection($"Data Source={_directory.File("store.db")};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        return (long)command.ExecuteScalar()!;
    }
}
