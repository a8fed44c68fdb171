using System.Globalization;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Controllers.Tests.Chaos;

namespace Lodestone.EndToEnd.Tests.Controllers;

/// <summary>
/// Two <c>lodestone controller</c> processes of which whoever leads gets <c>kill -9</c>, again and again, while users create and delete. The same
/// with very many kills, at every write, is in Lodestone.Controllers.Tests; <c>LODESTONE_KILLS</c> sets how many for both.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Least = 3;
    private const int KillsThereForOneHere = 25;

    private static readonly int Kills = Math.Max(
        Least,
        int.TryParse(Environment.GetEnvironmentVariable("LODESTONE_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int kills) ? kills / KillsThereForOneHere : 0);

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leaders_AreKilled_NothingIsHadByTwoAndNothingIsLost()
    {
        await using ControllerPair pair = await ControllerPair.StartAsync("--lease-duration", "3", "--renew-deadline", "2", "--retry-period", "1");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var watch = new AllocationWatch(pair.Client);
        Task watching = watch.RunAsync(stop.Token);
        Task users = UseAsync(pair, quiet.Token);
        var random = new Random(Kills);
        var takeOvers = new List<TimeSpan>();
        for (int kill = 0; kill < Kills; kill++)
        {
            // At work, and somewhere in the middle of it; and the other waits: one that has just started would have to watch for a whole lease.
            Lease lease = await pair.SuccessorAsync(null);
            string leader = await pair.NameOfAsync(lease.Spec!.HolderIdentity!);
            LodestoneProcess other = pair[leader == ControllerPair.First ? ControllerPair.Second : ControllerPair.First];
            await ControllerPair.UntilAsync(() => other.Error.Contains("Waiting for lease", StringComparison.Ordinal), "the other waits");
            int given = watch.Given;
            await ControllerPair.UntilAsync(() => watch.Given > given, "the leader works");
            await Task.Delay(random.Next(300), Token);

            long killed = TimeProvider.System.GetTimestamp();
            pair[leader].Kill();
            await pair.SuccessorAsync(lease.Spec.HolderIdentity);
            takeOvers.Add(TimeProvider.System.GetElapsedTime(killed));
            Assert.Empty(watch.Violations);
            await pair.StartAsync(leader);
        }

        await quiet.CancelAsync();
        await users;
        string? unrest = null;
        await ControllerPair.UntilAsync(
            async () => (unrest = await AllocationWatch.UnrestAsync(pair.Client, waitForQuarantine: false, Token)) is null, $"everything at rest: {unrest}");
        await stop.CancelAsync();
        await watching;

        output.WriteLine(
            $"{Kills} kills, Lease taken after {takeOvers.Min().TotalSeconds:0.00} to {takeOvers.Max().TotalSeconds:0.00} s; " +
            $"{watch.Events} events, {watch.Given} addresses and VNIs given out, {watch.Moved} addresses moved");
        Assert.Empty(watch.Violations);
        Assert.All(takeOvers, t => Assert.True(t < Lease + TimeSpan.FromSeconds(0.5), $"{t.TotalSeconds:0.00} s"));
    }

    /// <summary>Creates and deletes load balancers and networks that nothing uses.</summary>
    private static async Task UseAsync(ControllerPair pair, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            for (int i = 0; await pace.WaitForNextTickAsync(cancellationToken); i++)
            {
                await pair.CreateAsync($"lb-{i}");
                await pair.Client.CreateAsync(new Network { Metadata = new ObjectMeta { Namespace = "default", Name = $"net-{i}" } }, Token);
                if (i >= 10)
                {
                    await pair.Client.DeleteAsync<LoadBalancer>(new ObjectKey("default", $"lb-{i - 10}"), null, Token);
                    await pair.Client.DeleteAsync<Network>(new ObjectKey("default", $"net-{i - 10}"), null, Token);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Enough.
        }
    }
}
