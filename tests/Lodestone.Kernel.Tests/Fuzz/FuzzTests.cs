using System.Diagnostics;
using System.Globalization;

namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>Very many packets through model and program: no difference.</summary>
/// <remarks>
/// LODESTONE_FUZZ_PACKETS=100000000 for long runs, LODESTONE_FUZZ_THREADS for more than one CPU, LODESTONE_FUZZ_SEED to begin elsewhere,
/// LODESTONE_UPDATE_CORPUS=1 to keep what was found.
/// </remarks>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const long DefaultPackets = 400_000;
    private const int CorpusConfigurations = 3;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);

    private static string CorpusPath => Path.Combine(AppContext.BaseDirectory, "corpus", "packets.txt");

    [Fact]
    public void Corpus_OnRandomMaps_NoDifference()
    {
        FuzzCorpus corpus = FuzzCorpus.Load(CorpusPath);
        Assert.InRange(corpus.Count, 100, 5000);
        using FuzzWorker worker = new(corpus);
        for (ulong seed = 1; seed <= CorpusConfigurations; seed++)
        {
            FuzzFailure? failure = worker.Replay(seed, corpus.Packets);
            Assert.True(failure is null, failure?.ToString());
        }
    }

    [Fact]
    public async Task RandomPackets_OnRandomMaps_NoDifference()
    {
        FuzzCorpus corpus = FuzzCorpus.Load(CorpusPath);
        long wanted = Number("LODESTONE_FUZZ_PACKETS", DefaultPackets);
        int threads = (int)Number("LODESTONE_FUZZ_THREADS", 1);
        long first = Number("LODESTONE_FUZZ_SEED", 1);
        long next = first - 1, done = 0;
        int discovered = 0;
        FuzzFailure? found = null;
        long start = Stopwatch.GetTimestamp();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task[] workers = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                using FuzzWorker worker = new(corpus);
                int before = 0;
                while (Interlocked.Read(ref done) < wanted && Volatile.Read(ref found) is null && !stop.IsCancellationRequested)
                {
                    FuzzFailure? failure = worker.Run((ulong)Interlocked.Increment(ref next));
                    Interlocked.CompareExchange(ref found, failure, null);
                    Interlocked.Add(ref done, FuzzWorker.PacketsEach);
                    Interlocked.Add(ref discovered, worker.Discovered - before);
                    before = worker.Discovered;
                }
            },
            stop.Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        Task all = Task.WhenAll(workers);
        while (await Task.WhenAny(all, Task.Delay(ProgressInterval, TimeProvider.System, CancellationToken.None)) != all)
        {
            corpus.Refresh();
            Console.Error.WriteLine(Summary());
        }

        await all;
        output.WriteLine(Summary());
        if (Environment.GetEnvironmentVariable("LODESTONE_UPDATE_CORPUS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(CorpusPath)!);
            corpus.Save(CorpusPath);
            output.WriteLine($"kept in {CorpusPath}");
        }

        Assert.True(found is null, found?.ToString());

        string Summary()
        {
            long count = Interlocked.Read(ref done);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"fuzz: {count:N0} of {wanted:N0} packets ({100.0 * count / wanted:F1} %), {count / seconds:N0}/s, next configuration {next + 1}; corpus {corpus.Count} (+{discovered}), {corpus.Verdicts} verdicts");
        }
    }

    private static long Number(string name, long fallback) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : fallback;
}
