using System.Diagnostics;
using System.Globalization;

namespace Lodestone.ApiServer.Tests.History;

/// <summary>
/// Clients and watchers against a server process that is killed again and again: whatever was acknowledged stays, whatever is read
/// agrees with one order of all writes, and watches miss, repeat and reorder nothing.
/// </summary>
/// <remarks>LODESTONE_HISTORY_SECONDS makes it longer, LODESTONE_HISTORY_SEED chooses the same random numbers again.</remarks>
public sealed class HistoryTests(ITestOutputHelper output)
{
    private const int Clients = 8;
    private const int Watchers = 3;
    private const int LeastKills = 3;

    [Fact]
    public async Task Server_KilledAmidEverything_KeepsOneHistory()
    {
        int seed = Setting("LODESTONE_HISTORY_SEED", System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue));
        var length = TimeSpan.FromSeconds(Setting("LODESTONE_HISTORY_SECONDS", 8));
        var random = new Random(seed);
        using var directory = new TempDirectory();
        await using var server = new HistoryServer(directory.Path);
        await server.StartAsync();

        var observer = new HistoryClient(server, Clients, random.Next());
        Operation nothing = await observer.ListAsync();
        Assert.Empty(nothing.Items);
        HistoryClient[] clients = [.. Enumerable.Range(0, Clients).Select(i => new HistoryClient(server, i, random.Next()))];
        HistoryWatcher[] watchers = [.. Enumerable.Range(0, Watchers).Select(_ => new HistoryWatcher(server, nothing.Version, random.Next()))];
        using var stopping = new CancellationTokenSource();
        Task[] watching = [.. watchers.Select(w => w.RunAsync("sentinel"))];
        Task[] working = [.. clients.Select(c => c.RunAsync(stopping.Token))];
        int kills = await KillAgainAndAgainAsync(server, random, Task.WhenAll(working), length);
        await stopping.CancelAsync();
        await Task.WhenAll(working);

        // Of the last state everything that was acknowledged is the base.
        await observer.ListAsync();
        ApiClient last = await server.ClientAsync();
        (await last.PostAsync("/apis/coordination.k8s.io/v1/namespaces/default/leases", """{"metadata":{"name":"sentinel"},"spec":{"holderIdentity":"end"} }""")).Expect(201);
        await Task.WhenAll(watching).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        var history = new RecordedHistory(
            nothing.Version,
            [.. clients.Append(observer).SelectMany(c => c.Operations)],
            [.. watchers.Select(w => w.Events)]);
        int unknown = history.Operations.Count(o => o.Outcome == OperationOutcome.Unknown);
        string summary = string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {history.Operations.Count} operations, {unknown} of them unanswered, {history.Streams[0].Count} changes, {kills} kills, {watchers.Sum(w => w.Connections)} watches resumed");
        output.WriteLine(summary);
        IReadOnlyList<string> problems = HistoryChecker.Check(history);
        Assert.True(problems.Count == 0, $"{summary}\n{problems.Count} problems:\n{string.Join('\n', problems.Take(20))}");
        Assert.True(unknown > 0 && history.Streams[0].Count > 100, $"too little happened: {summary}");
    }

    /// <summary>Kills and starts for some time, and a few times at least; the last server lives on.</summary>
    private static async Task<int> KillAgainAndAgainAsync(HistoryServer server, Random random, Task working, TimeSpan length)
    {
        int kills = 0;
        for (long began = Stopwatch.GetTimestamp(); kills < LeastKills || Stopwatch.GetElapsedTime(began) < length; kills++)
        {
            // How long a server lives is part of the experiment, not something to wait for. Nobody stops working but by a failure.
            await Task.WhenAny(working, Task.Delay(random.Next(300, 1500), TestContext.Current.CancellationToken));
            if (working.IsFaulted)
            {
                break;
            }

            await server.KillAsync();
            await server.StartAsync();
        }

        return kills;
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
