using System.Globalization;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Controllers.Tests.Integration;
using Xunit;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>
/// Leaders die at any write, again and again, while users create and delete: nothing is ever had by two, nothing is lost, and in the end
/// everybody has what is due. <c>LODESTONE_KILLS</c> sets how many die.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Worlds = 4;

    private static readonly int Kills =
        int.TryParse(Environment.GetEnvironmentVariable("LODESTONE_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int kills) ? kills : 20;

    // Those who look must see it.
    [Fact]
    public async Task AllocationWatch_TwoShowOneAddressOrVni_IsSeen()
    {
        await using World world = await World.StartAsync();
        await world.StopControllersAsync();
        var watch = new AllocationWatch(world.Client);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task watching = watch.RunAsync(stop.Token);
        foreach (string name in (string[])["a", "b"])
        {
            LoadBalancer lb = await world.LoadBalancerAsync(name);
            await world.Client.UpdateStatusAsync(lb, l => l.Status = new LoadBalancerStatus { Ips = ["203.0.113.1"] }, TestContext.Current.CancellationToken);
            await world.CreateAsync(new Network { Metadata = new ObjectMeta { Namespace = "default", Name = name }, Spec = new NetworkSpec { ProviderID = "lodestone://200" } });
        }

        long started = TimeProvider.System.GetTimestamp();
        while (watch.Violations.Length < 2)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10), "not seen within 10 s");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await watching;
        Assert.Contains(watch.Violations, v => v.StartsWith("address 203.0.113.1", StringComparison.Ordinal));
        Assert.Contains(watch.Violations, v => v.StartsWith("VNI lodestone://200", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Leaders_AreKilledAtAnyWrite_NothingIsHadByTwoAndNothingIsLost()
    {
        int share = (Kills + Worlds - 1) / Worlds;
        await Task.WhenAll(Enumerable.Range(1, Worlds).Select(async seed =>
        {
            await using KillRun run = await KillRun.StartAsync(seed, share, TestContext.Current.CancellationToken);
            long started = TimeProvider.System.GetTimestamp();
            await run.RunAsync(TimeSpan.FromSeconds(60 + (10 * share)), TestContext.Current.CancellationToken);
            int transitions = await run.TransitionsAsync(TestContext.Current.CancellationToken);
            output.WriteLine(
                $"world {seed}: {run.Kills} kills and {run.Stops} stops in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s, {transitions} leaders, " +
                $"{run.Watch.Events} events, {run.Watch.Given} addresses and VNIs given out, {run.Watch.Moved} addresses moved");
            Assert.True(run.Kills >= share);
            Assert.True(transitions >= share / 2, "most of the dead have led");
        }));
    }
}
