using Lodestone.Api.Ipam;
using Lodestone.Api.Meta;
using Lodestone.Client.Http;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>Several sets of controllers at once against one server, as after a leader that doesn't know yet that it lost its Lease.</summary>
public sealed class IpamConcurrencyTests
{
    private const int Children = 60;

    [Fact]
    public async Task ManyChildren_TwoControllers_NeverOverlapAndNothingLeaks()
    {
        await using World world = await World.StartAsync();
        world.StartControllers();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<int> watch = WatchAsync(world, stop.Token);
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/25");
        await Task.WhenAll(Enumerable.Range(0, Children).Select(i => world.PrefixAsync($"child-{i}", p => IpamTests.Length(p, i % 3 == 0 ? 31 : 32, "root"))));
        for (int i = 0; i < Children; i++)
        {
            await world.SeesAsync<Prefix>($"child-{i}", IpamTests.IsAllocated, "its part");
        }

        // Half go while as many come: parts change hands under both controllers.
        await Task.WhenAll(Enumerable.Range(0, Children / 2).SelectMany(i => new Task[]
        {
            world.Client.DeleteAsync<Prefix>(new ObjectKey("default", $"child-{i}"), null, TestContext.Current.CancellationToken),
            world.PrefixAsync($"later-{i}", p => IpamTests.Length(p, i % 3 == 0 ? 31 : 32, "root")),
        }));
        for (int i = 0; i < Children / 2; i++)
        {
            await world.SeesAsync<Prefix>($"later-{i}", IpamTests.IsAllocated, "its part");
            await world.GoneAsync<Prefix>($"child-{i}");
        }

        Prefix root = await world.SeesAsync<Prefix>("root", p => p.Status!.Used!.Count == Children, "exactly what is in use");
        await stop.CancelAsync();
        Assert.True(await watch >= Children);
        List<Prefix> prefixes = await world.Client.ListAsync<Prefix>(new ListOptions { Namespace = "default" }, TestContext.Current.CancellationToken);
        string[] given = [.. prefixes.Where(p => p.Spec.ParentRef is not null).Select(p => p.Spec.Prefix!).Order(StringComparer.Ordinal)];
        Assert.Equal(given, root.Status!.Used);
        AssertDisjoint(given);
        List<PrefixAllocation> allocations = await world.Client.ListAsync<PrefixAllocation>(new ListOptions { Namespace = "default" }, TestContext.Current.CancellationToken);
        Assert.Equal(
            root.Status.Holders!.Select(h => (h.Prefix, h.Allocation)),
            allocations.Select(a => (a.Status!.Prefix!, a.Metadata.Name!)).OrderBy(a => a.Item1, StringComparer.Ordinal));
    }

    [Fact]
    public async Task SelectedParents_TwoControllers_FillWithoutOverlap()
    {
        await using World world = await World.StartAsync();
        world.StartControllers();
        foreach (string pool in (string[])["a", "b", "c"])
        {
            await world.PrefixAsync(pool, p =>
            {
                p.Metadata.Labels = new Dictionary<string, string> { ["pool"] = "x" };
                p.Spec.Prefix = $"10.{pool[0] - 'a'}.0.0/28";
            });
        }

        await Task.WhenAll(Enumerable.Range(0, 48).Select(i => world.PrefixAsync($"child-{i}", p =>
        {
            p.Spec.IpFamily = "IPv4";
            p.Spec.PrefixLength = 32;
            p.Spec.ParentSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["pool"] = "x" } };
        })));

        var given = new List<string>();
        for (int i = 0; i < 48; i++)
        {
            given.Add((await world.SeesAsync<Prefix>($"child-{i}", IpamTests.IsAllocated, "its part")).Spec.Prefix!);
        }

        AssertDisjoint(given);
    }

    /// <summary>Controllers end after the n-th change of a Prefix, wherever they are, and others begin, while children come and go.</summary>
    [Fact]
    public async Task Crashes_AmidAnything_NeitherOverlapNorLeak()
    {
        const int Rounds = 15;
        const int PerRound = 6;
        await using World world = await World.StartAsync(processes: 0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var changes = new SemaphoreSlim(0);
        Task<int> watch = WatchAsync(world, stop.Token);
        Task count = CountAsync(world, changes, stop.Token);
        var random = new Random(7);
        await world.PrefixAsync("root", p => p.Spec.Prefix = "10.0.0.0/25");
        for (int round = 0; round < Rounds; round++)
        {
            world.StartControllers();
            for (int i = 0; i < PerRound; i++)
            {
                await world.PrefixAsync($"child-{round}-{i}", p => IpamTests.Length(p, 31 + (i & 1), "root"));
                if (round > 0 && i % 2 == 0)
                {
                    await world.Client.DeleteAsync<Prefix>(new ObjectKey("default", $"child-{round - 1}-{i}"), null, TestContext.Current.CancellationToken);
                }
            }

            for (int left = random.Next(1, 20); left > 0; left--)
            {
                await changes.WaitAsync(TestContext.Current.CancellationToken);
            }

            await world.StopControllersAsync();
            while (changes.Wait(0, TestContext.Current.CancellationToken))
            {
                // What came meanwhile belongs to this round.
            }
        }

        world.StartControllers();
        const int Expected = (Rounds * PerRound) - ((Rounds - 1) * PerRound / 2);
        var given = new List<string>();
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < PerRound; i++)
            {
                string name = $"child-{round}-{i}";
                if (round < Rounds - 1 && i % 2 == 0)
                {
                    await world.GoneAsync<Prefix>(name);
                }
                else
                {
                    given.Add((await world.SeesAsync<Prefix>(name, IpamTests.IsAllocated, "its part")).Spec.Prefix!);
                }
            }
        }

        Prefix root = await world.SeesAsync<Prefix>("root", p => p.Status!.Used!.Count == Expected, "exactly what is in use");
        Assert.Equal(given.Order(StringComparer.Ordinal), root.Status!.Used);
        AssertDisjoint(given);
        await stop.CancelAsync();
        Assert.True(await watch >= Expected);
        await count;
    }

    /// <summary>Counts changes of Prefixes.</summary>
    private static async Task CountAsync(World world, SemaphoreSlim changes, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (WatchEvent<Prefix> _ in world.Client.WatchAsync<Prefix>(new WatchOptions { Namespace = "default", ResourceVersion = "0" }, cancellationToken))
            {
                changes.Release();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way to end it.
        }
    }

    /// <summary>Follows the API from the side: no two allocations that are there at one time have the same part. Returns how many it saw.</summary>
    private static async Task<int> WatchAsync(World world, CancellationToken cancellationToken)
    {
        var held = new Dictionary<string, PrefixRange>();
        int seen = 0;
        try
        {
            await foreach (WatchEvent<PrefixAllocation> change in world.Client.WatchAsync<PrefixAllocation>(new WatchOptions { Namespace = "default", ResourceVersion = "0" }, cancellationToken))
            {
                PrefixAllocation allocation = change.Item!;
                string name = allocation.Metadata.Name ?? "";
                if (change.Type == WatchEventType.Deleted)
                {
                    held.Remove(name);
                }
                else if (PrefixRange.TryParse(allocation.Status?.Prefix, out PrefixRange part))
                {
                    Assert.DoesNotContain(held, h => h.Key != name && h.Value.Overlaps(part));
                    seen += held.TryAdd(name, part) ? 1 : 0;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way to end it.
        }

        return seen;
    }

    private static void AssertDisjoint(IEnumerable<string> prefixes)
    {
        PrefixRange[] ranges = [.. prefixes.Select(p => PrefixRange.TryParse(p, out PrefixRange r) ? r : default)];
        Assert.All(ranges, r => Assert.Single(ranges, r.Overlaps));
    }
}
