using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Http;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>Load balancers with more targets than one object holds.</summary>
public sealed class LargeRoutingTests
{
    /// <summary>
    /// On a cluster that other tests share a tenth, and a tenth of what one object holds: bench/Lodestone.ControllerBench has all of them on a
    /// kube-apiserver, which takes two minutes to make and remove them.
    /// </summary>
    private static readonly int Targets = World.IsShared ? 1_000 : 10_000;

    /// <summary>There is no Host: until all targets are there and looked at, nobody misses it.</summary>
    private static readonly ControllerOptions Patient = new()
    {
        AddressQuarantine = TimeSpan.FromMilliseconds(200),
        MissingHostGrace = TimeSpan.FromHours(1),
        RoutingBudgetBytes = new ControllerOptions().RoutingBudgetBytes * Targets / 10_000,
    };

    private static readonly ControllerOptions SmallBudget = new() { RoutingBudgetBytes = 8000, SliceGrace = TimeSpan.FromMilliseconds(100) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Routing_TenThousandTargets_IsWholeInSlicesAndAChangeWritesOne()
    {
        await using World world = await World.StartAsync(Patient);
        await world.NetworkAsync();
        await InterfacesAsync(world, Targets);
        await world.LoadBalancerAsync("web");

        LoadBalancerRouting first = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Total == Targets, "all targets in slices", seconds: 60);
        LoadBalancerRouting whole = await AssembleAsync(world, first);
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Targets == Targets && l.Status.Conditions.IsTrue("TargetsReady"), "the count", seconds: 60);
        Assert.Equal(Targets, whole.Destinations!.Select(d => d.Uid).Distinct().Count());
        Assert.Equal(100, first.Destinations!.Count);
        Assert.Null(whole.RingHistory);
        Assert.All(await world.Client.ListAsync<LoadBalancerRoutingSlice>(new ListOptions(), Token), s =>
            Assert.InRange(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(s, Api.Json.ApiJsonContext.Default.LoadBalancerRoutingSlice).Length, 1000, 200_000));

        NetworkInterface leaver = (await world.FindAsync<NetworkInterface>("nic-777"))!;
        await world.Client.UpdateAsync(leaver, n => n.Metadata.Labels!["app"] = "other", Token);

        LoadBalancerRouting second = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Total == Targets - 1, "one less", seconds: 60);
        whole = await AssembleAsync(world, second);
        Assert.Equal(leaver.Metadata.Uid, Assert.Single(whole.Draining!).Uid);
        Assert.Equal(leaver.Metadata.Uid, Assert.Single(Assert.Single(whole.RingHistory!).Removed!).Uid);
        Assert.Equal(first.RingGeneration + 1, second.RingGeneration);
        Assert.Single(second.Slices!.Select(s => s.Name).Except(first.Slices!.Select(s => s.Name)));

        await world.Client.DeleteAsync<NetworkInterface>(leaver.Key, null, Token);
        LoadBalancerRouting third = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Slices!.Exists(s => !second.Slices!.Exists(o => o.Name == s.Name)), "a slice without the one who drained", seconds: 60);
        Assert.Null((await AssembleAsync(world, third)).Draining);
    }

    [Fact]
    public async Task Routing_OverTheBudgetAndBack_KeepsCountingAndLeavesNoSlice()
    {
        await using World world = await World.StartAsync(SmallBudget with { LearningWindow = TimeSpan.FromSeconds(5) });
        await world.NetworkAsync();
        List<NetworkInterface> nics = [];
        for (int i = 0; i < 60; i++)
        {
            nics.Add(await world.InterfaceAsync($"nic-{i:d2}", [$"10.0.0.{i}"], app: i < 10 ? "web" : "spare"));
        }

        await world.LoadBalancerAsync("web");
        LoadBalancerRouting small = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Destinations?.Count == 10, "few targets");
        Assert.Null(small.Slices);

        await Parallel.ForEachAsync(nics.Skip(10), Token, async (nic, token) => await world.Client.UpdateAsync(nic, n => n.Metadata.Labels!["app"] = "web", token));
        LoadBalancerRouting large = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Total == 60, "many targets");
        LoadBalancerRouting whole = await AssembleAsync(world, large);
        Assert.Equal(60, whole.Destinations!.Count);
        Assert.Equal(50, whole.RingHistory!.Sum(h => h.Added?.Count ?? 0));
        await world.SeesAsync<LoadBalancer>("web", l => l.Status?.Targets == 60, "the count");

        // The dead drain nowhere; when the window has ended there is nothing left that needs slices.
        await Parallel.ForEachAsync(nics.Skip(5), Token, async (nic, token) => await world.Client.DeleteAsync<NetworkInterface>(nic.Key, null, token));
        LoadBalancerRouting back = await world.SeesAsync<LoadBalancerRouting>("web", r => (r.Total ?? r.Destinations!.Count) == 5, "five targets");
        Assert.True(back.RingGeneration > large.RingGeneration);
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Slices is null, "one object again");
        await world.SeesAllAsync<LoadBalancerRoutingSlice>(all => all.Count == 0, "no slice");
    }

    [Fact]
    public async Task Slice_DeletedByHand_IsWrittenAnew()
    {
        await using World world = await World.StartAsync(SmallBudget);
        await world.NetworkAsync();
        await InterfacesAsync(world, 60);
        await world.LoadBalancerAsync("web");
        LoadBalancerRouting routing = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Total == 60, "all targets");
        await world.Client.DeleteAsync<LoadBalancerRoutingSlice>(new ObjectKey("default", routing.Slices![0].Name), null, Token);

        LoadBalancerRouting healed = await world.SeesAsync<LoadBalancerRouting>("web", r => r.Slices?.Exists(s => s.Name == routing.Slices[0].Name) == false && r.Total == 60, "another slice");
        Assert.Equal(60, (await AssembleAsync(world, healed)).Destinations!.Count);
    }

    [Fact]
    public async Task LoadBalancer_Deleted_LeavesNoSlice()
    {
        await using World world = await World.StartAsync(SmallBudget);
        await world.NetworkAsync();
        await InterfacesAsync(world, 60);
        LoadBalancer lb = await world.LoadBalancerAsync("web");
        await world.SeesAsync<LoadBalancerRouting>("web", r => r.Total == 60, "all targets");

        await world.Client.DeleteAsync<LoadBalancer>(lb.Key, null, Token);

        await world.GoneAsync<LoadBalancerRouting>("web");
        await world.SeesAllAsync<LoadBalancerRoutingSlice>(all => all.Count == 0, "no slice");
    }

    private static Task InterfacesAsync(World world, int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token },
        async (i, _) => await world.InterfaceAsync($"nic-{i}", [$"10.0.{i >> 8}.{i & 255}"]));

    private static async Task<LoadBalancerRouting> AssembleAsync(World world, LoadBalancerRouting routing)
    {
        Dictionary<string, LoadBalancerRoutingSlice> slices =
            (await world.Client.ListAsync<LoadBalancerRoutingSlice>(new ListOptions(), Token)).ToDictionary(s => s.Metadata.Name!);
        Assert.True(RoutingAssembly.TryAssemble(routing, slices.GetValueOrDefault, out LoadBalancerRouting whole, out string missing), missing);
        return whole;
    }
}
