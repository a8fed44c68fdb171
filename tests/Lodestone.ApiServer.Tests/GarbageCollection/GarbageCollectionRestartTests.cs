using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.GarbageCollection;

public sealed class GarbageCollectionRestartTests
{
    private const int Count = 500;

    [Fact]
    public async Task Restart_InTheMiddle_FinishesWhatWasBegun()
    {
        using var directory = new TempDirectory();
        await using (LodestoneApiServer without = await StartAsync(directory.Path, collects: false))
        {
            using ApiClient admin = Admin(without);
            foreach (string policy in new[] { "Background", "Foreground", "Orphan" })
            {
                string owners = Samples.LoadBalancers("default");
                ApiAnswer owner = (await admin.PostAsync(owners, Samples.LoadBalancer(Name(policy)))).Expect(201);
                await Owned.StoreLeasesAsync(without.Store, "default", $"{Name(policy)}-", Count, Owned.By(owner, blocks: true));
                (await admin.DeleteAsync($"{owners}/{Name(policy)}", $$$"""{"propagationPolicy":"{{{policy}}}"}""")).Expect(200);
            }

            Assert.Equal(3 * Count, Leases(without).Count);
        }

        await using LodestoneApiServer with = await StartAsync(directory.Path, collects: true);
        using ApiClient again = Admin(with);
        await with.UntilAsync(async () => Leases(with).Count == Count && !(await again.GetAsync(Samples.LoadBalancers("default"))).ItemNames.Any());

        foreach (StoredObject left in Leases(with))
        {
            Assert.StartsWith("orphan-", left.Summary.Name, StringComparison.Ordinal);
            Assert.Empty(left.Summary.OwnerUids);
        }
    }

    [Fact]
    public async Task Stop_WhileCollecting_IsClean()
    {
        using var directory = new TempDirectory();
        string reference = Owned.Reference("LoadBalancer", "nobody", Guid.NewGuid().ToString());
        await using (LodestoneApiServer server = await StartAsync(directory.Path, collects: true))
        {
            Task[] writing = [.. Enumerable.Range(0, Count).Select(i => server.Store.WriteAsync(Owned.StoredLease("default", $"d{i}", reference)))];
            await Task.WhenAny(writing);
            await server.StopAsync(TestContext.Current.CancellationToken);
            foreach (Task one in writing)
            {
                await one.ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }

        await using LodestoneApiServer again = await StartAsync(directory.Path, collects: true);
        await again.UntilAsync(() => Task.FromResult(Leases(again).Count == 0));
    }

    private static string Name(string policy) => policy.ToLowerInvariant();

    private static ObjectMap Leases(LodestoneApiServer server) => server.Store.Read("leases.coordination.k8s.io").Objects;

    private static ApiClient Admin(LodestoneApiServer server) => ApiClient.FromKubeconfig(File.ReadAllText(server.KubeconfigPath));

    private static async Task<LodestoneApiServer> StartAsync(string directory, bool collects)
    {
        var server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory, CollectsGarbage = collects });
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }
}
