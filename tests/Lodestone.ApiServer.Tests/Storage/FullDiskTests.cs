using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>A server whose disk is really full: writes are refused with 507, everything else goes on, and all is well again as soon as there is room.</summary>
public sealed class FullDiskTests
{
    private static readonly string Path = Samples.LoadBalancers("default");

    [Fact]
    public async Task Create_DiskFull_Gets507UntilThereIsRoomAgain()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(16);
        var acknowledged = new List<string>();
        using (Process server = await StartAsync(disk))
        {
            using ApiClient admin = Admin(disk);
            using WatchReader watch = await admin.WatchAsync($"{Path}?watch=true");
            acknowledged.Add((await admin.PostAsync(Path, Large("first"))).Expect(201).Name);
            string filler = disk.Fill();

            ApiAnswer refused = await CreateUntilRefusedAsync(admin, acknowledged);

            refused.ExpectFailure(507, "InsufficientStorage");
            Assert.Contains("no room left on the disk", refused.Message, StringComparison.Ordinal);
            Assert.Contains(System.IO.Path.Combine(disk.InsidePath, "store", "log-"), refused.Message, StringComparison.Ordinal);
            Assert.Contains("free some or enlarge it", refused.Message, StringComparison.Ordinal);
            Assert.NotNull(refused.Headers.RetryAfter);
            ApiAnswer ready = await admin.GetAsync("/readyz");
            Assert.Equal(500, ready.Code);
            Assert.Contains("[-]store failed", ready.Text, StringComparison.Ordinal);
            (await admin.GetAsync("/livez")).Expect(200);
            Assert.Equal(acknowledged.Order(), (await admin.GetAsync(Path)).Expect(200).ItemNames.Order());
            foreach (string name in acknowledged)
            {
                Assert.Equal(("ADDED", name), await watch.NextChangeAsync());
            }

            File.Delete(filler);
            await ReadyAsync(admin);
            acknowledged.Add((await admin.PostAsync(Path, Large("after"))).Expect(201).Name);

            Assert.Equal(("ADDED", "after"), await watch.NextChangeAsync());
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using Process again = await StartAsync(disk);
        using (ApiClient admin = Admin(disk))
        {
            Assert.Equal(acknowledged.Order(), (await admin.GetAsync(Path)).Expect(200).ItemNames.Order());
        }

        again.Kill(entireProcessTree: true);
        await again.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<ApiAnswer> CreateUntilRefusedAsync(ApiClient admin, List<string> acknowledged)
    {
        for (int i = 0; i < 100; i++)
        {
            ApiAnswer answer = await admin.PostAsync(Path, Large($"w{i}"));
            if (answer.Code != 201)
            {
                return answer;
            }

            acknowledged.Add(answer.Name);
        }

        throw new InvalidOperationException("the disk never got full");
    }

    private static async Task ReadyAsync(ApiClient admin)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await admin.GetAsync("/readyz")).Code != 200)
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    /// <summary>An object of 200 kB, so that prepared log files are soon used up.</summary>
    private static string Large(string name)
    {
        JsonObject item = (JsonObject)JsonNode.Parse(Samples.LoadBalancer(name))!;
        item["metadata"]!["annotations"] = new JsonObject { ["example.org/ballast"] = new string('x', 200_000) };
        return item.ToJsonString();
    }

    private static ApiClient Admin(SmallDisk disk) => ApiClient.FromKubeconfig(File.ReadAllText(System.IO.Path.Combine(disk.Path, "kubeconfig")));

    private static async Task<Process> StartAsync(SmallDisk disk)
    {
        Process process = disk.Start(System.IO.Path.Combine(AppContext.BaseDirectory, "Lodestone.ApiServer.TestHost"), disk.InsidePath);
        string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.StartsWith("ready ", line, StringComparison.Ordinal);
        return process;
    }
}
