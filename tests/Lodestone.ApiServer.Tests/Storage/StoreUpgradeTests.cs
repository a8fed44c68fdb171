using System.IO.Compression;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Storage.Files;
using Lodestone.ApiServer.Storage.Upgrade;
using Microsoft.Data.Sqlite;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>Stores that earlier versions wrote are read. A change of the format adds a fixture here and keeps those there are.</summary>
public sealed class StoreUpgradeTests : IDisposable
{
    private const string Networks = "networks.networking.ironcore.dev";
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1, 11)]
    [InlineData(2, 29)]
    public async Task Open_StoreOfFormat_HasWhatItHeld(int format, long version)
    {
        Extract(format);

        await using (ObjectStore store = Open())
        {
            Assert.Equal(version, store.ResourceVersion);
            StoredObject network = Assert.Single(All(store, Networks));
            Assert.Equal("kept/blue", network.Key);
            Assert.Equal("navy", network.Summary.Label("colour"));
            Assert.Equal("9676ea66-6954-4e61-b8b3-bbf636a3d658", network.Summary.Uid);
            Assert.Superset(new HashSet<string> { "default", "kept" }, All(store, "namespaces").Select(n => n.Key).ToHashSet());
            await store.CreateAsync("after");
        }

        await using ObjectStore again = Open();
        Assert.Equal(version + 1, again.ResourceVersion);
        Assert.Single(All(again, Networks));
    }

    [Fact]
    public async Task Open_Format1_KeepsTheOldFileUnchanged()
    {
        Extract(1);
        byte[] old = File.ReadAllBytes(_directory.File(StoreUpgrade.SqliteName));

        await Open().DisposeAsync();

        Assert.False(File.Exists(_directory.File(StoreUpgrade.SqliteName)));
        Assert.Equal(old, File.ReadAllBytes(_directory.File(StoreUpgrade.SqliteBackupName)));
    }

    [Fact]
    public async Task Open_UpgradeCutOffBeforeTheOldFileWasRenamed_IsFinished()
    {
        Extract(1);
        byte[] old = File.ReadAllBytes(_directory.File(StoreUpgrade.SqliteName));
        await Open().DisposeAsync();
        File.Move(_directory.File(StoreUpgrade.SqliteBackupName), _directory.File(StoreUpgrade.SqliteName));
        Directory.CreateDirectory(_directory.File("store.new"));

        await using ObjectStore store = Open();

        Assert.Equal(11, store.ResourceVersion);
        Assert.Equal(old, File.ReadAllBytes(_directory.File(StoreUpgrade.SqliteBackupName)));
    }

    [Fact]
    public async Task Open_OlderVersionRanAfterTheUpgrade_IsRefused()
    {
        Extract(1);
        await Open().DisposeAsync();
        Extract(1);

        var exception = Assert.Throws<StoreException>(Open);

        Assert.Contains("older version", exception.Message, StringComparison.Ordinal);
        Assert.Contains(StoreUpgrade.SqliteBackupName, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE log SET entries = zeroblob(length(entries)) WHERE version = 2", "row 2 of table log")]
    [InlineData("DELETE FROM log WHERE version = 2", "from version 1 to 3")]
    public void Open_Format1Damaged_IsRefusedAndLeftAlone(string statement, string expected)
    {
        Extract(1);
        using (var connection = new SqliteConnection($"Data Source={_directory.File(StoreUpgrade.SqliteName)};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = statement;
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        var exception = Assert.Throws<StoreCorruptException>(Open);

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_directory.File(StoreUpgrade.SqliteName)));
        Assert.False(Directory.Exists(_directory.File("store")));
    }

    [Fact]
    public void Open_Format1NoDatabase_IsRefused()
    {
        File.WriteAllText(_directory.File(StoreUpgrade.SqliteName), new string('x', 8192));

        var exception = Assert.Throws<StoreCorruptException>(Open);

        Assert.Equal(_directory.File(StoreUpgrade.SqliteName), exception.File);
    }

    private static List<StoredObject> All(ObjectStore store, string resource)
    {
        var items = new List<StoredObject>();
        foreach (StoredObject item in store.Read(resource).Objects)
        {
            items.Add(item);
        }

        return items;
    }

    private void Extract(int format) =>
        ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "Storage", "Fixtures", $"store-format-{format}.zip"), _directory.Path);

    private ObjectStore Open() => ObjectStore.Open(FileCommitLog.Open(_directory.Path));
}
