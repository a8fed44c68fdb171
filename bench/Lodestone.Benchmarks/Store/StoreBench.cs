using System.Diagnostics;
using System.Globalization;
using System.Text;
using Lodestone.ApiServer.Storage;
using Lodestone.ApiServer.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace Lodestone.Benchmarks.Store;

/// <summary>
/// Whether background work holds up writes and reads: writes at a steady rate into a store of 100,000 objects, with and
/// without snapshots in between, beside what a bare fdatasync takes on the same disk at the same time.
/// </summary>
internal static class StoreBench
{
    private const int Objects = 100_000;
    private const int PerSecond = 1000;
    private const string Widgets = "widgets.example.org";
    private static readonly TimeSpan Phase = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(string parent)
    {
        string directory = Directory.CreateDirectory(Path.Combine(parent, $"store-bench-{Environment.ProcessId}")).FullName;
        try
        {
            await FillAsync(directory);
            for (int round = 1; round <= 3; round++)
            {
                Console.WriteLine($"round {round}");
                Console.WriteLine($"  fdatasync of 4 KiB alone            {Baseline(directory)}");
                await WriteAsync(directory, "without snapshots", long.MaxValue / 4);
                await WriteAsync(directory, "snapshots one after the other", 1);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Makes a store to open again and again with <see cref="OpenAsync"/>, each time in a process of its own.</summary>
    public static async Task FillAsync(string directory)
    {
        var watch = Stopwatch.StartNew();
        await using var store = ObjectStore.Open(FileCommitLog.Open(directory));
        for (int i = 0; i < Objects; i += 1000)
        {
            await Task.WhenAll(Enumerable.Range(i, 1000).Select(n => store.WriteAsync(StoreWrite.Create(Widgets, Draft(n, 0)))));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Objects:N0} objects of {Draft(0, 0).Json.Length} bytes created at {Objects / watch.Elapsed.TotalSeconds:N0} a second"));
    }

    /// <summary>Opens a store and says how long that took and what it holds in memory.</summary>
    public static async Task OpenAsync(string directory)
    {
        var watch = Stopwatch.StartNew();
        await using var store = ObjectStore.Open(FileCommitLog.Open(directory));
        TimeSpan opened = watch.Elapsed;
        long resident = Environment.WorkingSet;
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"opened in {opened.TotalMilliseconds:F0} ms; resident {resident >> 20} MiB, after a collection {Environment.WorkingSet >> 20} MiB; {heap / Math.Max(1, store.Read(Widgets).Objects.Count):N0} bytes of heap an object"));
    }

    private static Latencies Baseline(string directory)
    {
        var latencies = new Latencies();
        string path = Path.Combine(directory, "baseline");
        using (SafeFileHandle file = StoreDisk.Real.Create(path))
        {
            StoreHousekeeping.Fill(StoreDisk.Real, file, 0, 8 << 20, pace: null);
            var block = new byte[StoreFormat.Block];
            for (long begin = Stopwatch.GetTimestamp(), at = 0; Stopwatch.GetElapsedTime(begin) < Phase / 2; at = (at + StoreFormat.Block) % (8 << 20))
            {
                long start = Stopwatch.GetTimestamp();
                StoreDisk.Real.Write(file, block, at);
                StoreDisk.Real.Sync(file);
                latencies.Add(Stopwatch.GetElapsedTime(start));
            }
        }

        File.Delete(path);
        return latencies;
    }

    private static async Task WriteAsync(string directory, string what, long snapshotAfterBytes)
    {
        // The size of the last snapshot counts too: "1" alone would wait for a log of that size.
        var disk = new TimedDisk();
        var log = FileCommitLog.Open(
            directory, new CommitLogOptions { SnapshotAfterBytes = snapshotAfterBytes, SnapshotAfterSnapshot = snapshotAfterBytes == 1 ? 0 : 1 }, disk: disk);
        await using var store = ObjectStore.Open(log);
        var writes = new Latencies();
        var reads = new Latencies();
        var wakes = new Latencies();
        var pauses = new Latencies();
        int taken = log.Housekeeping.SnapshotsTaken;
        using var stop = new CancellationTokenSource(Phase);
        var reader = new Thread(() => Read(store, reads, wakes, pauses, stop.Token)) { IsBackground = true };
        reader.Start();
        var running = new List<Task>();
        long begin = Stopwatch.GetTimestamp();
        for (int sent = 0; !stop.IsCancellationRequested;)
        {
            // Open loop: a write that waits does not keep the next one from being due.
            int due = (int)(Stopwatch.GetElapsedTime(begin).TotalSeconds * PerSecond);
            for (; sent < due; sent++)
            {
                running.Add(UpdateAsync(store, sent % Objects, sent, writes));
            }

            await Task.Delay(1, CancellationToken.None);
        }

        await Task.WhenAll(running);
        reader.Join();
        string snapshots = snapshotAfterBytes == 1 ? $", {log.Housekeeping.SnapshotsTaken - taken} snapshots" : "";
        Console.WriteLine($"  {what}{snapshots}");
        Console.WriteLine($"    write, {PerSecond}/s                     {writes}");
        Console.WriteLine($"    its calls to the disk            {disk.Commits}");
        Console.WriteLine($"    read                             {reads}");
        Console.WriteLine($"    a thread that only wakes up      {wakes}");
        Console.WriteLine($"    pauses for garbage collection    {pauses}");
    }

    private static async Task UpdateAsync(ObjectStore store, int number, int value, Latencies latencies)
    {
        long start = Stopwatch.GetTimestamp();
        StoredObject current = store.Read(Widgets).Objects.Find(Key(number))!;
        await store.WriteAsync(StoreWrite.Update(Widgets, current, Draft(number, value)));
        latencies.Add(Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Reads an object every millisecond, and notes how late it woke up, which is what the machine and the garbage collector do to anyone.</summary>
    private static void Read(ObjectStore store, Latencies reads, Latencies wakes, Latencies pauses, CancellationToken cancellationToken)
    {
        long collection = GC.GetGCMemoryInfo(GCKind.Any).Index;
        for (int i = 0; !cancellationToken.IsCancellationRequested; i = (i + 7919) % Objects)
        {
            long asleep = Stopwatch.GetTimestamp();
            cancellationToken.WaitHandle.WaitOne(1);
            wakes.Add(Stopwatch.GetElapsedTime(asleep));
            long start = Stopwatch.GetTimestamp();
            if (store.Read(Widgets).Objects.Find(Key(i)) is null)
            {
                throw new InvalidOperationException("an object is missing");
            }

            reads.Add(Stopwatch.GetElapsedTime(start));
            GCMemoryInfo last = GC.GetGCMemoryInfo(GCKind.Any);
            if (last.Index != collection)
            {
                collection = last.Index;
                foreach (TimeSpan pause in last.PauseDurations)
                {
                    pauses.Add(pause);
                }
            }
        }
    }

    private static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $"ns-{number % 100}/object-{number:D6}");

    private static ObjectDraft Draft(int number, int value)
    {
        string ns = string.Create(CultureInfo.InvariantCulture, $"ns-{number % 100}");
        string text = string.Create(CultureInfo.InvariantCulture, $$$"""
            {"apiVersion":"example.org/v1","kind":"Widget","metadata":{"name":"object-{{{number:D6}}}","namespace":"{{{ns}}}","uid":"00000000-0000-4000-8000-{{{number:D12}}}","resourceVersion":"","generation":1,"creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"web-{{{number % 50}}}","tier":"front"}},"spec":{"value":{{{value}}},"text":"{{{new string('x', 1200)}}}"}}
            """);
        return new ObjectDraft(Encoding.UTF8.GetBytes(text));
    }
}
