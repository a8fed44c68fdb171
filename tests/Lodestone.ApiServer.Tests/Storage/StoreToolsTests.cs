using System.Runtime.Versioning;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Storage.Files;
using Lodestone.ApiServer.Storage.Tools;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>Check, backup and restore: over a store that is written to meanwhile, and over damage.</summary>
public sealed class StoreToolsTests : IDisposable
{
    private const string Widgets = Objects.Widgets;
    private static readonly CommitLogOptions Small = new() { SnapshotAfterBytes = 100_000, FirstSegmentBytes = 64 << 10, LargestSegmentBytes = 128 << 10, RestPerWork = 0 };
    private readonly TempDirectory _directory = new();
    private readonly TempDirectory _other = new();

    private string Data => _directory.File("data");

    public void Dispose()
    {
        _directory.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task CheckAndBackup_StoreIsWrittenToAndTakesSnapshots_AreConsistent()
    {
        await using ObjectStore store = Open(Data);
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                await Task.WhenAll(Enumerable.Range(0, 16).Select(j => store.CreateAsync($"w{i}-{j}", value: new string('v', 200))));
            }
        });
        while (store.ResourceVersion < 100)
        {
            await Task.Yield();
        }

        for (int i = 0; i < 12; i++)
        {
            long before = store.ResourceVersion;
            StoreReport report = StoreCheck.Run(Data);
            Assert.Empty(report.Findings);
            // At least what was visible before; perhaps more, since a commit is on the disk before it is visible.
            Assert.InRange(report.Version, before, long.MaxValue);
            // Only creations: as many objects as versions, or something is missing.
            Assert.Equal(report.Version, report.Objects[Widgets]);

            before = store.ResourceVersion;
            var backup = StoreBackup.Create(Data, _other.File($"b{i}"), withKeys: true, TimeProvider.System);
            Assert.InRange(backup.Version, before, long.MaxValue);
            StoreReport ofBackup = StoreCheck.Run(_other.File($"b{i}"));
            Assert.Empty(ofBackup.Findings);
            Assert.Equal((backup.Version, backup.Version), (ofBackup.Version, ofBackup.Objects[Widgets]));
        }

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Restore_Backup_HasObjectsAndFilesAndGoesOnAtAHigherVersion()
    {
        string expected;
        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Data, "ca.key"), "secret");
        File.SetUnixFileMode(Path.Combine(Data, "ca.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using (ObjectStore store = Open(Data))
        {
            StoredObject a = await store.CreateAsync("a");
            await store.CreateAsync("b");
            a = await store.UpdateAsync(a, "changed");
            expected = a.Text();
        }

        string file = _other.File("backup");
        StoreBackup backup = StoreBackup.Create(Data, file, withKeys: true, TimeProvider.System);
        StoreRestore restored = StoreRestore.Run(file, _directory.File("new"), StoreRestore.DefaultAdvance, upToDamage: false);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(["ca.key"], backup.Files);
        Assert.Equal((2L, 3L, 1_000_000_003L), (restored.Objects, restored.SourceVersion, restored.Version));
        Assert.Equal("secret", File.ReadAllText(_directory.File("new/ca.key")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File("new/ca.key")));
        await using ObjectStore again = Open(_directory.File("new"));
        Assert.Equal(1_000_000_003, again.ResourceVersion);
        Assert.Equal(expected, again.Read(Widgets).Objects.Find("default/a")!.Text());
        // Whoever saw writes that the backup does not have must list again.
        Assert.False(again.TryWatch(Widgets, 3, out _));
        Assert.False(again.TryWatch(Widgets, 500, out _));
        Assert.True(again.TryWatch(Widgets, again.ResourceVersion, out _));
        Assert.Equal(1_000_000_004, (await again.CreateAsync("c")).ResourceVersion);
    }

    [Fact]
    public async Task Backup_FileExists_IsNotOverwritten()
    {
        await Open(Data).DisposeAsync();
        File.WriteAllText(_other.File("backup"), "precious");

        var exception = Assert.Throws<StoreException>(() => StoreBackup.Create(Data, _other.File("backup"), withKeys: true, TimeProvider.System));

        Assert.Contains("exists and is not overwritten", exception.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_other.File("backup")));
    }

    [Fact]
    public async Task Backup_StoreIsDamaged_LeavesNoFile()
    {
        await FillAsync();
        Flip(Path.Combine(Data, "store", StoreFormat.LogName(1)), StoreFormat.Block + 50);

        Assert.Throws<StoreCorruptException>(() => StoreBackup.Create(Data, _other.File("backup"), withKeys: true, TimeProvider.System));

        Assert.Empty(Directory.GetFiles(_other.Path));
    }

    [Fact]
    public async Task Restore_DirectoryOfARunningServer_IsRefusedWithPid()
    {
        await using ObjectStore store = Open(Data);
        await store.CreateAsync("a");
        StoreBackup.Create(Data, _other.File("backup"), withKeys: true, TimeProvider.System);

        var exception = Assert.Throws<StoreException>(() => StoreRestore.Run(_other.File("backup"), Data, 1, upToDamage: false));

        Assert.Contains($"pid {Environment.ProcessId} ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_DirectoryNotEmpty_IsRefused()
    {
        await FillAsync();
        StoreBackup.Create(Data, _other.File("backup"), withKeys: true, TimeProvider.System);

        var exception = Assert.Throws<StoreException>(() => StoreRestore.Run(_other.File("backup"), Data, 1, upToDamage: false));

        Assert.Contains("is not empty", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_BackupDamagedAnywhere_IsRefusedAndNothingWritten()
    {
        await FillAsync();
        string file = _other.File("backup");
        StoreBackup.Create(Data, file, withKeys: true, TimeProvider.System);
        var random = new Random(3);
        int length = (int)new FileInfo(file).Length;
        foreach (int offset in Enumerable.Range(0, 80).Concat(Enumerable.Range(0, 100).Select(_ => random.Next(length))))
        {
            Flip(file, offset);
            var exception = Assert.Throws<StoreCorruptException>(() => StoreRestore.Run(file, _directory.File("new"), 1, upToDamage: false));
            Assert.Equal(file, exception.File);
            Assert.NotNull(exception.Offset);
            Assert.Single(StoreCheck.Run(file).Findings);
            Assert.False(Directory.Exists(_directory.File("new")));
            Flip(file, offset);
        }

        Assert.Empty(StoreCheck.Run(file).Findings);
    }

    [Fact]
    public async Task Check_DamagedStore_NamesFileAndOffsetAndChangesNothing()
    {
        await FillAsync();
        string log = Path.Combine(Data, "store", StoreFormat.LogName(1));
        Flip(log, (3 * StoreFormat.Block) + 50);
        byte[] before = File.ReadAllBytes(log);

        StoreReport report = StoreCheck.Run(Data);

        StoreFinding finding = Assert.Single(report.Findings);
        Assert.Equal((log, 3 * StoreFormat.Block), (finding.File, finding.Offset));
        Assert.Equal(2, report.Version);
        Assert.Equal(before, File.ReadAllBytes(log));
    }

    [Fact]
    public async Task Restore_UpToDamage_HasWhatCameBefore()
    {
        await FillAsync();
        Flip(Path.Combine(Data, "store", StoreFormat.LogName(1)), (3 * StoreFormat.Block) + 50);

        StoreRestore restored = StoreRestore.Run(Data, _directory.File("new"), 1000, upToDamage: true);

        Assert.Equal((2L, 2L, 1002L), (restored.Objects, restored.SourceVersion, restored.Version));
        Assert.NotNull(restored.Damage);
        await using ObjectStore again = Open(_directory.File("new"));
        Assert.Equal(2, again.Read(Widgets).Objects.Count);
    }

    private static ObjectStore Open(string directory)
    {
        Directory.CreateDirectory(directory);
        return ObjectStore.Open(FileCommitLog.Open(directory, Small));
    }

    private static void Flip(string path, int offset)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[offset] ^= 4;
        File.WriteAllBytes(path, bytes);
    }

    private async Task FillAsync()
    {
        await using ObjectStore store = Open(Data);
        for (int i = 0; i < 6; i++)
        {
            await store.CreateAsync($"w{i}");
        }
    }
}
