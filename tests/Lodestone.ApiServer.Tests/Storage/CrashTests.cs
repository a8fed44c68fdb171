using System.Diagnostics;
using System.Net;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>The promise that an answer means "on disk": a real server process is killed amid creations, and nothing acknowledged is missing afterwards.</summary>
public sealed class CrashTests
{
    private const int Rounds = 20;
    private const int Creates = 2000;
    private const int Clients = 64;

    [Fact]
    public async Task Kill_AmidConcurrentCreates_LosesNothingAcknowledged()
    {
        using var directory = new TempDirectory();
        var random = new Random(20_26);
        var acknowledged = new HashSet<string>();
        int interrupted = 0;
        for (int round = 0; round < Rounds; round++)
        {
            using Process process = await StartAsync(directory.Path);
            using ApiClient admin = ApiClient.FromKubeconfig(File.ReadAllText(directory.File("kubeconfig")), version: HttpVersion.Version20);
            await CheckAsync(admin, acknowledged);

            int killAfter = random.Next(Creates / 10, Creates * 3 / 4);
            string[] names = await CreateUntilKilledAsync(process, admin, round, killAfter);
            interrupted += names.Length < Creates ? 1 : 0;
            acknowledged.UnionWith(names);
        }

        using Process last = await StartAsync(directory.Path);
        using (ApiClient admin = ApiClient.FromKubeconfig(File.ReadAllText(directory.File("kubeconfig")), version: HttpVersion.Version20))
        {
            await CheckAsync(admin, acknowledged);
        }

        last.Kill();
        await last.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Rounds, interrupted);
    }

    private static async Task<Process> StartAsync(string directory)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Lodestone.ApiServer.TestHost");
        var process = Process.Start(new ProcessStartInfo(program, directory) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        return process;
    }

    private static async Task<string[]> CreateUntilKilledAsync(Process process, ApiClient admin, int round, int killAfter)
    {
        int next = 0, done = 0;
        var acknowledged = new List<string>[Clients];
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            acknowledged[client] = [];
            while (Interlocked.Increment(ref next) is var number && number <= Creates)
            {
                string name = $"r{round}-{number}";
                try
                {
                    ApiAnswer answer = await admin.PostAsync(Samples.LoadBalancers("default"), Samples.LoadBalancer(name));
                    Assert.Equal(201, answer.Code);
                    acknowledged[client].Add(name);
                }
                catch (HttpRequestException)
                {
                    return;
                }

                if (Interlocked.Increment(ref done) == killAfter)
                {
                    process.Kill();
                }
            }
        }));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return [.. acknowledged.SelectMany(a => a)];
    }

    private static async Task CheckAsync(ApiClient admin, HashSet<string> acknowledged)
    {
        HashSet<string> found = [.. (await admin.GetAsync(Samples.LoadBalancers("default"))).Expect(200).ItemNames];
        Assert.Empty(acknowledged.Except(found));
    }
}
