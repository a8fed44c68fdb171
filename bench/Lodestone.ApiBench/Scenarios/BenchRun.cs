using System.Diagnostics;
using System.Globalization;
using System.Text;
using Lodestone.ApiBench.Load;
using Lodestone.ApiBench.Targets;
using Lodestone.BenchKit;

namespace Lodestone.ApiBench.Scenarios;

/// <summary>Every scenario on one server.</summary>
internal sealed class BenchRun(ApiTarget target, BenchScale scale, string scratch, Action<string> say)
{
    private const string MergePatch = "application/merge-patch+json";
    private const string ApplyPatch = "application/apply-patch+yaml";
    private readonly TargetResult _result = new() { Name = target.Name };

    /// <summary>What can be measured apart, each on a fresh server.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["clients", "watches", "sizes"];

    public async Task<TargetResult> RunAsync()
    {
        foreach (string part in Parts.Where(scale.Parts.Contains))
        {
            await StartAsync(part);
            await (part switch
            {
                "clients" => ClientsAsync(),
                "watches" => WatchesAsync(),
                _ => SizesAsync(),
            });
            await target.DisposeAsync();
        }

        return _result;
    }

    private async Task StartAsync(string name)
    {
        string directory = System.IO.Path.Combine(scratch, target.Name, name);
        double seconds = await target.StartAsync(directory);
        _result.StartSeconds = _result.StartSeconds == 0 ? seconds : Math.Min(_result.StartSeconds, seconds);
        using RawConnection connection = await RawConnection.OpenAsync(target.Access);
        await ExpectAsync(connection, "POST", "/api/v1/namespaces", Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"{{{Manifests.Namespace}}}"}}"""));
        say($"{target.Name}: started in {Text(seconds)} s");
    }

    private async Task IdleAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(3));
        double before = ProcessUsage.CpuSeconds(target.Pids);
        await Task.Delay(TimeSpan.FromSeconds(10));
        _result.IdleCpuPercent = Math.Round((ProcessUsage.CpuSeconds(target.Pids) - before) * 10, 2);
        _result.IdleMegabytes = Megabytes(ProcessUsage.ResidentBytes(target.Pids));
        say($"{target.Name}: idle {Text(_result.IdleMegabytes)} MB, {Text(_result.IdleCpuPercent)} % of a core");
    }

    private async Task ClientsAsync()
    {
        await IdleAsync();
        // What the first thousand requests find cold is not what is measured.
        await LoadPhase.RunAsync(target.Access, 8, 1000, scale.Limit, (i, c) => CreateAsync(c, "warm", i));
        foreach (int clients in scale.Clients)
        {
            int count = scale.Operations(clients);
            string prefix = $"c{clients.ToString(CultureInfo.InvariantCulture)}";
            Summary created = await PhaseAsync(_result.Creates, "creates", clients, count, (i, c) => CreateAsync(c, prefix, i));
            int existing = Math.Max(1, created.Count);
            await PhaseAsync(_result.Gets, "gets", clients, count * 4, async (i, c) => (await c.SendAsync("GET", Path(prefix, i % existing))).Code);
            await PhaseAsync(_result.Patches, "merge patches", clients, count, async (i, c) =>
                (await c.SendAsync("PATCH", Path(prefix, i % existing), Manifests.Patch(i), MergePatch)).Code);
            await PhaseAsync(_result.Applies, "applies with a change", clients, count, async (i, c) =>
                (await c.SendAsync("PATCH", Path(prefix, i % existing) + "?fieldManager=bench&force=true", Manifests.Apply(Manifests.Name(prefix, i % existing), 1000 + (i / existing)), ApplyPatch)).Code);
            await PhaseAsync(_result.AppliesWithoutChange, "applies without a change", clients, count, async (i, c) =>
                (await c.SendAsync("PATCH", Path(prefix, i % Math.Min(existing, 100)) + "?fieldManager=bench2&force=true", Manifests.Apply(Manifests.Name(prefix, i % Math.Min(existing, 100)), 9000), ApplyPatch)).Code);
            await PhaseAsync(_result.Mixed, "mixed (70 % get, 10 % list of 100, 20 % patch)", clients, count * 2, async (i, c) => (i % 10) switch
            {
                < 7 => (await c.SendAsync("GET", Path(prefix, i % existing))).Code,
                7 => (await c.SendAsync("GET", Manifests.Collection + "?limit=100")).Code,
                _ => (await c.SendAsync("PATCH", Path(prefix, i % existing), Manifests.Patch(-i), MergePatch)).Code,
            });
        }
    }

    private async Task WatchesAsync()
    {
        await LoadPhase.RunAsync(target.Access, 8, 500, scale.Limit, (i, c) => CreateAsync(c, "w", i));
        string version = await VersionAsync();
        foreach (int watchers in scale.Watchers)
        {
            await using WatchFanOut fan = await WatchFanOut.OpenAsync(
                target.Access, $"{Manifests.Collection}?watch=true&resourceVersion={version}&timeoutSeconds=600", watchers);
            // What happened since the version, or a start-up bookmark, is not what is measured.
            await Task.Delay(1500);
            fan.Reset();

            // Steady: 20 writes a second, as controllers do.
            const int Steady = 100;
            double usedBefore = ProcessUsage.CpuSeconds(target.Pids);
            using (RawConnection writer = await RawConnection.OpenAsync(target.Access))
            {
                for (int i = 0; i < Steady; i++)
                {
                    long next = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 20);
                    await ExpectAsync(writer, "PATCH", Path("w", i % 500), Manifests.Patch(i), MergePatch);
                    TimeSpan rest = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next);
                    await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
                }
            }

            await fan.WaitAsync((long)Steady * watchers, TimeSpan.FromSeconds(20));
            double microsecondsPerFrame = (ProcessUsage.CpuSeconds(target.Pids) - usedBefore) * 1e6 / (Steady * watchers);
            List<double> latencies = fan.Latencies();
            long lost = ((long)Steady * watchers) - latencies.Count;

            // Burst: as many writes as go with 16 clients, until every watch has every frame.
            int burst = watchers switch { <= 10 => 4000, <= 100 => 2000, _ => 400 };
            fan.Reset();
            var clock = Stopwatch.StartNew();
            Summary written = await LoadPhase.RunAsync(target.Access, 16, burst, scale.Limit, async (i, c) =>
                (await c.SendAsync("PATCH", Path("w", i % 500), Manifests.Patch(100_000 + i), MergePatch)).Code);
            long expected = (long)written.Count * watchers;
            await fan.WaitAsync(expected, TimeSpan.FromSeconds(60));
            double deliveries = fan.Frames / clock.Elapsed.TotalSeconds;
            lost += Math.Max(0, expected - fan.Frames);
            var row = new ByWatchers(
                watchers, written.PerSecond, Summary.Quantile(latencies, 0.5), Summary.Quantile(latencies, 0.99), Summary.Quantile(latencies, 1), Math.Round(deliveries), lost);
            _result.Watches.Add(row);
            say($"{target.Name}: {Text(watchers)} watchers: write to frame p50 {Text(row.P50)} p99 {Text(row.P99)} ms, {Text(Math.Round(microsecondsPerFrame, 1))} us of the server's CPU a frame; {Text(row.DeliveriesPerSecond)} deliveries/s; lost {Text(lost)}");
            version = await VersionAsync();
        }
    }

    private async Task SizesAsync()
    {
        int have = 0;
        foreach (int size in scale.Sizes)
        {
            int start = have;
            Summary filled = await LoadPhase.RunAsync(target.Access, 64, size - have, scale.PopulateLimit, (i, c) => CreateAsync(c, "s", start + i));
            have += filled.Count;
            if (have < size)
            {
                say($"{target.Name}: only {Text(have)} of {Text(size)} objects within the time");
            }

            using (RawConnection connection = await RawConnection.OpenAsync(target.Access))
            {
                (double list, long bytes) = await BestAsync(connection, Manifests.Collection, size > 10_000 ? 1 : 5);
                (double empty, _) = await BestAsync(connection, Manifests.Collection + "?labelSelector=tier%3Dnone", size > 10_000 ? 1 : 5);
                (double selective, _) = await BestAsync(connection, Manifests.Collection + "?labelSelector=tier%3Drare", size > 10_000 ? 1 : 5);
                double megabytes = Megabytes(ProcessUsage.ResidentBytes(target.Pids));
                double restart = await target.RestartAsync();
                var row = new BySize(have, megabytes, list, Math.Round(bytes / 1e6, 1), empty, selective, Math.Round(restart, 2));
                _result.Sizes.Add(row);
                say($"{target.Name}: {Text(have)} objects: {Text(row.Megabytes)} MB; LIST {Text(list)} ms ({Text(row.ListMegabytes)} MB); none match {Text(empty)} ms; 1 % match {Text(selective)} ms; restart {Text(row.RestartSeconds)} s");
            }

            if (have < size)
            {
                break;
            }
        }
    }

    private static async Task<(double Milliseconds, long Bytes)> BestAsync(RawConnection connection, string path, int times)
    {
        double best = double.MaxValue;
        long bytes = 0;
        for (int i = 0; i < times; i++)
        {
            long started = Stopwatch.GetTimestamp();
            (int code, bytes) = await connection.SendAsync("GET", path);
            if (code != 200)
            {
                throw new InvalidOperationException($"GET {path}: HTTP {Text(code)}");
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return (Math.Round(best, 1), bytes);
    }

    private async Task<string> VersionAsync()
    {
        using RawConnection connection = await RawConnection.OpenAsync(target.Access);
        var text = new StringBuilder();
        await connection.SendAsync("GET", Manifests.Collection + "?limit=1", onBody: data =>
        {
            text.Append(Encoding.UTF8.GetString(data.Span));
            return true;
        });
        using var list = System.Text.Json.JsonDocument.Parse(text.ToString());
        return list.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
    }

    private static async ValueTask<int> CreateAsync(RawConnection connection, string prefix, int number) =>
        (await connection.SendAsync("POST", Manifests.Collection, Manifests.LoadBalancer(Manifests.Name(prefix, number), number))).Code;

    private static async Task ExpectAsync(RawConnection connection, string method, string path, ReadOnlyMemory<byte> body, string contentType = "application/json")
    {
        var answer = new StringBuilder();
        (int code, _) = await connection.SendAsync(method, path, body, contentType, data =>
        {
            answer.Append(Encoding.UTF8.GetString(data.Span));
            return true;
        });
        if (code is < 200 or >= 300)
        {
            throw new InvalidOperationException($"{method} {path}: HTTP {Text(code)}: {answer}");
        }
    }

    private async Task<Summary> PhaseAsync(List<ByClients> into, string name, int clients, int count, LoadPhase.Operation operation)
    {
        Summary summary = await LoadPhase.RunAsync(target.Access, clients, count, scale.Limit, operation);
        into.Add(new ByClients(clients, summary));
        string errors = summary.Errors > 0 ? $"; {Text(summary.Errors)} ERRORS, first {summary.FirstError}" : "";
        say($"{target.Name}: {name}, {Text(clients)} clients: {Text(summary.PerSecond)}/s, p50 {Text(summary.P50)} p99 {Text(summary.P99)} ms{errors}");
        return summary;
    }

    private static string Path(string prefix, int number) => $"{Manifests.Collection}/{Manifests.Name(prefix, number)}";

    private static double Megabytes(long bytes) => Math.Round(bytes / 1e6, 1);

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
