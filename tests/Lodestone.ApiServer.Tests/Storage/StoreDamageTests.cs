using System.Text;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Storage.Files;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>
/// What disks, crashes and people do to files. Each case ends with exactly what was acknowledged, or with a refusal that
/// names the file, where in it, and the way out. Nothing acknowledged is ever missing silently.
/// </summary>
public sealed class StoreDamageTests : IDisposable
{
    private const string Widgets = Objects.Widgets;
    private static readonly CommitLogOptions Small = new() { SnapshotAfterBytes = 100_000, FirstSegmentBytes = 96 << 10, LargestSegmentBytes = 96 << 10, RestPerWork = 0 };
    private static readonly int[] HeaderPlaces = [0, 5, 13, 21, 25, 29, 33];
    private readonly TempDirectory _whole = new();
    private readonly TempDirectory _damaged = new();

    public void Dispose()
    {
        _whole.Dispose();
        _damaged.Dispose();
    }

    [Fact]
    public async Task Open_AnyBitFlipped_IsExactOrRefused()
    {
        string expected = await FillAsync();
        var random = new Random(1);
        int refused = 0;
        foreach (string file in StoreFiles())
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(_whole.Path, file));
            // Every kind of place: the file's beginning, the beginnings of commits and chunks, and anywhere.
            int[] offsets =
            [
                .. Enumerable.Range(0, 64),
                .. Enumerable.Range(0, bytes.Length / StoreFormat.Block).SelectMany(b => HeaderPlaces.Select(o => (b * StoreFormat.Block) + o)),
                .. Enumerable.Range(0, 100).Select(_ => random.Next(bytes.Length)),
                bytes.Length - 1,
            ];
            foreach (int offset in offsets)
            {
                byte before = bytes[offset];
                bytes[offset] ^= (byte)(1 << random.Next(8));
                Damage(file, bytes);
                refused += ExactOrRefused(expected, file, $"{file} at {offset}") ? 0 : 1;
                bytes[offset] = before;
            }
        }

        Assert.NotEqual(0, refused);
    }

    [Fact]
    public async Task Open_FileCutAnywhere_IsExactOrRefused()
    {
        string expected = await FillAsync();
        var random = new Random(2);
        foreach (string file in StoreFiles())
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(_whole.Path, file));
            foreach (int length in Enumerable.Range(0, 40).Select(_ => random.Next(bytes.Length)).Concat([0, 1, 40, StoreFormat.Block, bytes.Length - 1]))
            {
                Damage(file, bytes[..length]);
                ExactOrRefused(expected, file, $"{file} cut to {length}");
            }
        }
    }

    [Fact]
    public async Task Open_FileMissing_IsExactOrRefused()
    {
        string expected = await FillAsync();
        foreach (string file in StoreFiles())
        {
            Damage(file, bytes: null);
            ExactOrRefused(expected, file, $"{file} missing");
        }
    }

    [Fact]
    public async Task Open_BlocksZeroed_IsExactOrRefused()
    {
        string expected = await FillAsync();
        foreach (string file in StoreFiles())
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(_whole.Path, file));
            for (int offset = 0; offset < bytes.Length; offset += StoreFormat.Block)
            {
                byte[] damaged = (byte[])bytes.Clone();
                damaged.AsSpan(offset, Math.Min(StoreFormat.Block, bytes.Length - offset)).Clear();
                Damage(file, damaged);
                ExactOrRefused(expected, file, $"{file} zeroed at {offset}");
            }
        }
    }

    [Fact]
    public async Task Open_ForeignFile_IsRefused()
    {
        string expected = await FillAsync();
        foreach (string file in StoreFiles())
        {
            Damage(file, Encoding.ASCII.GetBytes(new string('x', 8192)));
            Assert.False(ExactOrRefused(expected, file, $"{file} foreign"), file);
        }
    }

    [Fact]
    public async Task Open_FileOfAnotherStore_IsRefusedAndNamesBoth()
    {
        await FillAsync();
        using var other = new TempDirectory();
        await using (var store = ObjectStore.Open(FileCommitLog.Open(other.Path, Small)))
        {
            await store.CreateAsync("a");
        }

        string name = Path.Combine("store", StoreFormat.LogName(1));
        string last = StoreFormat.LogFiles(StoreFormat.StoreDirectory(_whole.Path)).Values.Last(f => File.ReadAllBytes(f).AsSpan().StartsWith("LDSLOG"u8));
        Damage(Path.Combine("store", Path.GetFileName(last)), File.ReadAllBytes(other.File(name)));

        var exception = Assert.Throws<StoreCorruptException>(() => Open(_damaged.Path));

        Assert.Contains("another store", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(Path.GetFileName(last), exception.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NewerFormat_IsRefusedWithTheWayOut()
    {
        await FillAsync();
        byte[] bytes = File.ReadAllBytes(Path.Combine(_whole.Path, "store", "tail"));
        for (int at = 0; at < bytes.Length; at += StoreFormat.Block)
        {
            new TailMark(StoreFormat.Version + 1, Guid.NewGuid(), at, 1, 0, 1).Write(bytes.AsSpan(at));
        }

        Damage(Path.Combine("store", "tail"), bytes);

        var exception = Assert.Throws<StoreException>(() => Open(_damaged.Path));

        Assert.Contains($"format {StoreFormat.Version + 1}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("start the version that wrote it", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("store", "tail"), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_LastCommitTorn_HasEverythingBeforeItAndGoesOn()
    {
        // As after a power cut amid the last commit: the mark tells of the one before.
        string before;
        byte[] mark;
        await using (var store = ObjectStore.Open(FileCommitLog.Open(_whole.Path)))
        {
            await store.CreateAsync("a");
            before = Text(store);
            await store.DisposeAsync();
            mark = File.ReadAllBytes(Path.Combine(_whole.Path, "store", "tail"));
        }

        await using (var store = ObjectStore.Open(FileCommitLog.Open(_whole.Path)))
        {
            await store.CreateAsync("b", value: new string('b', 20_000));
        }

        string log = Path.Combine("store", StoreFormat.LogName(1));
        byte[] bytes = File.ReadAllBytes(Path.Combine(_whole.Path, log));
        int begin = 2 * StoreFormat.Block, end = begin + (6 * StoreFormat.Block);
        foreach (int kept in new[] { 0, 1, 31, 32, 600, 4096, 9000, 20_000 })
        {
            foreach (bool isCut in new[] { false, true })
            {
                byte[] torn = (byte[])bytes.Clone();
                torn.AsSpan((begin + kept)..end).Clear();
                Damage(log, isCut ? torn[..(begin + kept)] : torn);
                File.WriteAllBytes(Path.Combine(_damaged.Path, "store", "tail"), mark);
                await using (ObjectStore store = Open(_damaged.Path))
                {
                    Assert.Equal(before, Text(store));
                    await store.CreateAsync("c");
                }

                await using ObjectStore again = Open(_damaged.Path);
                Assert.Equal((2, 2L), (again.Read(Widgets).Objects.Count, again.ResourceVersion));
            }
        }
    }

    [Fact]
    public async Task Open_AcknowledgedCommitDamaged_SaysWhereAndHowFarItIsWhole()
    {
        await using (var store = ObjectStore.Open(FileCommitLog.Open(_whole.Path)))
        {
            await store.CreateAsync("a");
            await store.CreateAsync("b");
            await store.CreateAsync("c");
        }

        string log = Path.Combine("store", StoreFormat.LogName(1));
        byte[] bytes = File.ReadAllBytes(Path.Combine(_whole.Path, log));
        bytes[(2 * StoreFormat.Block) + 100] ^= 1;
        Damage(log, bytes);

        var exception = Assert.Throws<StoreCorruptException>(() => Open(_damaged.Path));

        Assert.Equal(Path.Combine(_damaged.Path, log), exception.File);
        Assert.Equal(2 * StoreFormat.Block, exception.Offset);
        Assert.Contains("whole up to version 1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("lodestone store restore", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_DamagedInTheMiddleAndMarkOld_IsRefused()
    {
        byte[] mark = [];
        await using (var store = ObjectStore.Open(FileCommitLog.Open(_whole.Path)))
        {
            await store.CreateAsync("a");
            mark = File.ReadAllBytes(Path.Combine(_whole.Path, "store", "tail"));
            await store.CreateAsync("b");
            await store.CreateAsync("c");
        }

        string log = Path.Combine("store", StoreFormat.LogName(1));
        byte[] bytes = File.ReadAllBytes(Path.Combine(_whole.Path, log));
        bytes[(2 * StoreFormat.Block) + 100] ^= 1;
        Damage(log, bytes);
        File.WriteAllBytes(Path.Combine(_damaged.Path, "store", "tail"), mark);

        var exception = Assert.Throws<StoreCorruptException>(() => Open(_damaged.Path));

        Assert.Contains("a later one", exception.Message, StringComparison.Ordinal);
    }

    private static string Text(ObjectStore store)
    {
        var text = new StringBuilder().Append(store.ResourceVersion);
        foreach (StoredObject item in store.Read(Widgets).Objects)
        {
            text.Append('\n').Append(item.Text());
        }

        return text.ToString();
    }

    private static ObjectStore Open(string directory) => ObjectStore.Open(FileCommitLog.Open(directory, Small));

    /// <summary>A store with a snapshot and several log files; returns what it holds.</summary>
    private async Task<string> FillAsync()
    {
        string directory = StoreFormat.StoreDirectory(_whole.Path);
        await using ObjectStore store = Open(_whole.Path);
        StoredObject first = await store.CreateAsync("first");
        int number = 0;
        // Until a snapshot is there, and writes after it in two log files.
        while (StoreFormat.Snapshots(directory).Count == 0 || StoreFormat.LogFiles(directory).Keys.Last() < 4)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.CreateAsync($"w{number++}", value: new string('v', 500))));
            first = await store.UpdateAsync(first, $"v{number}");
        }

        await store.WriteAsync(StoreWrite.Delete(Widgets, store.Read(Widgets).Objects.Find("default/w1")!));
        return Text(store);
    }

    private string[] StoreFiles() =>
        [.. Directory.GetFiles(Path.Combine(_whole.Path, "store")).Order(StringComparer.Ordinal).Select(f => Path.Combine("store", Path.GetFileName(f)))];

    /// <summary>Makes a copy of the whole store with one file replaced, or left out.</summary>
    private void Damage(string file, byte[]? bytes)
    {
        string store = Path.Combine(_damaged.Path, "store");
        if (Directory.Exists(store))
        {
            Directory.Delete(store, recursive: true);
        }

        Directory.CreateDirectory(store);
        foreach (string name in StoreFiles().Where(f => f != file))
        {
            File.Copy(Path.Combine(_whole.Path, name), Path.Combine(_damaged.Path, name));
        }

        if (bytes is not null)
        {
            File.WriteAllBytes(Path.Combine(_damaged.Path, file), bytes);
        }
    }

    /// <summary>True for exact, false for refused; anything else fails.</summary>
    private bool ExactOrRefused(string expected, string file, string what)
    {
        try
        {
            ObjectStore store = Open(_damaged.Path);
            string found = Text(store);
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
            Assert.True(expected == found, $"{what}: opened with something else than was acknowledged");
            return true;
        }
        catch (StoreCorruptException exception)
        {
            Assert.StartsWith(_damaged.Path, exception.File, StringComparison.Ordinal);
            Assert.Contains(exception.File, exception.Message, StringComparison.Ordinal);
            Assert.Contains("lodestone store restore", exception.Message, StringComparison.Ordinal);
            Assert.True(
                exception.Offset is not null || !File.Exists(exception.File) || exception.File.EndsWith(Path.GetFileName(file), StringComparison.Ordinal),
                $"{what}: {exception.Message}");
            return false;
        }
    }
}
