using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Xunit;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>As much work as the machine can do: alone, or the deadlines of other tests pass meanwhile.</summary>
[Collection(Alone)]
[CollectionDefinition(Alone, DisableParallelization = true)]
public sealed class PoolFillTests
{
    private const string Alone = "alone";

    [Fact]
    public async Task Pool_FilledByTwoProcessesOfFourWorkers_GivesNoAddressTwice()
    {
        const int Size = 4096;
        await using World world = await World.StartAsync(new ControllerOptions { Workers = 4, AddressQuarantine = TimeSpan.FromMilliseconds(200) }, processes: 2);
        await world.CreateAsync(new AddressPool
        {
            Metadata = new ObjectMeta { Name = "public" },
            Spec = new AddressPoolSpec { Addresses = ["198.18.0.0/20"], IncludeNetworkAndBroadcast = true },
        });

        await Parallel.ForEachAsync(
            Enumerable.Range(0, Size),
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = TestContext.Current.CancellationToken },
            async (i, _) => await world.LoadBalancerAsync($"lb-{i}", l => l.Spec.IpFamilies = ["IPv4"]));
        await world.SeesAsync<AddressPool>(
            "public",
            p => p.Status?.Ipv4 is { Used: "4096", Free: "0" } && p.Status.Conditions.Of("AddressesAvailable")?.Reason == "PoolExhausted",
            "exhaustion",
            ns: "",
            seconds: 300);
        List<LoadBalancer> all = await world.SeesAllAsync<LoadBalancer>(l => l.TrueForAll(x => x.Status?.Conditions.IsTrue("AddressesAllocated") == true), "an address each");

        Assert.Equal(Size, all.Select(l => Assert.Single(l.Status!.Ips!)).Distinct().Count());
        List<IPAddress> claims = await world.SeesAllAsync<IPAddress>(a => a.Count == Size, "one object an address");
        Assert.Equal(Size, claims.Select(c => c.Spec.ClaimRef!.Uid).Distinct().Count());
        Assert.Equal(
            all.Select(l => (l.Metadata.Uid, l.Status!.Ips![0])).Order(),
            claims.Select(c => ((string?)c.Spec.ClaimRef!.Uid, c.Spec.Ip)).Order());
    }

    // Every stop falls amid creates and status writes of several load balancers.
    [Fact]
    public async Task Pool_FilledWhileControllersStopAmidTheirWork_GivesNoAddressTwice()
    {
        const int Size = 256;
        var options = new ControllerOptions { Workers = 4, AddressQuarantine = TimeSpan.FromMilliseconds(200) };
        await using World world = await World.StartAsync(options);
        await world.PoolAsync("public", "203.0.113.0-203.0.113.255");
        await world.StopControllersAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Size),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken },
            async (i, _) => await world.LoadBalancerAsync($"lb-{i}", l => l.Spec.IpFamilies = ["IPv4"]));
        for (int wanted = 16; wanted < Size; wanted += 16)
        {
            world.StartControllers(options);
            await world.SeesAllAsync<IPAddress>(a => a.Count >= wanted, $"{wanted} addresses");
            await world.StopControllersAsync();
        }

        world.StartControllers(options);
        List<LoadBalancer> all = await world.SeesAllAsync<LoadBalancer>(l => l.TrueForAll(x => x.Status?.Conditions.IsTrue("AddressesAllocated") == true), "an address each");

        List<IPAddress> claims = await world.SeesAllAsync<IPAddress>(a => a.Count == Size, "one object an address");
        Assert.Equal(
            all.Select(l => (l.Metadata.Uid, Assert.Single(l.Status!.Ips!))).Order(),
            claims.Select(c => ((string?)c.Spec.ClaimRef!.Uid, c.Spec.Ip)).Order());
    }
}
