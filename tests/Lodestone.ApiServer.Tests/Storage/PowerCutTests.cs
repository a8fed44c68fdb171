using System.Collections.Concurrent;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Storage.Files;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>The power goes at any operation, of commits or of housekeeping: the store opens, and has all that was acknowledged and nothing that was never written.</summary>
public sealed class PowerCutTests
{
    private const string Widgets = Objects.Widgets;

    private static CommitLogOptions Small { get; } = new()
    {
        SnapshotAfterBytes = 60_000,
        FirstSegmentBytes = 16 << 10,
        LargestSegmentBytes = 64 << 10,
        SnapshotAfterSnapshot = 0.2,
        RestPerWork = 0,
    };

    [Fact]
    public async Task Open_AfterAPowerCutAtAnyMoment_HasWhatWasAcknowledged()
    {
        int cut = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            using var directory = new TempDirectory();
            var random = new Random(seed);
            var acknowledged = new ConcurrentDictionary<string, bool>();
            // A start that goes well, then up to three power cuts on the same files.
            await ObjectStore.Open(FileCommitLog.Open(directory.Path, Small)).DisposeAsync();
            for (int round = 0; round < 3; round++)
            {
                var disk = new PowerCutDisk(random.Next(5, 300), random);
                await WriteUntilCutAsync(directory.Path, disk, $"{round}", acknowledged, random.Next(1, 12));
                disk.LoseUnsynced();
                cut += disk.IsCut ? 1 : 0;
                await CheckAsync(directory.Path, acknowledged, $"seed {seed}, round {round}");
            }
        }

        Assert.True(cut > 80, $"only {cut} of 120 rounds were cut");
    }

    private static async Task WriteUntilCutAsync(string directory, PowerCutDisk disk, string prefix, ConcurrentDictionary<string, bool> acknowledged, int clients)
    {
        ObjectStore store;
        try
        {
            store = ObjectStore.Open(FileCommitLog.Open(directory, Small, disk: disk), new ObjectStoreOptions { RecoveryInterval = TimeSpan.FromMilliseconds(1) });
        }
        catch (StoreException)
        {
            return;
        }

        await using (store)
        {
            await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
            {
                try
                {
                    for (int i = 0; i < 60; i++)
                    {
                        StoredObject item = await store.CreateAsync($"{prefix}-{client}-{i}", value: new string('v', i * 40));
                        acknowledged[item.Key] = true;
                    }
                }
                catch (StoreException)
                {
                    // The power is off.
                }
            }));
        }
    }

    private static async Task CheckAsync(string directory, ConcurrentDictionary<string, bool> acknowledged, string what)
    {
        ObjectStore store;
        try
        {
            store = ObjectStore.Open(FileCommitLog.Open(directory, Small));
        }
        catch (Exception exception) when (exception is StoreCorruptException or StoreException)
        {
            throw new InvalidOperationException($"{what}: {exception.Message}", exception);
        }

        await using (store)
        {
            var found = new HashSet<string>();
            foreach (StoredObject item in store.Read(Widgets).Objects)
            {
                found.Add(item.Key);
            }

            string[] missing = [.. acknowledged.Keys.Where(k => !found.Contains(k))];
            Assert.True(missing.Length == 0, $"{what}: {missing.Length} acknowledged writes are missing, {missing.FirstOrDefault()} among them");
            Assert.Equal(found.Count, store.ResourceVersion);
            // What is there now counts, acknowledged or not.
            foreach (string key in found)
            {
                acknowledged[key] = true;
            }
        }
    }
}
