using System.Runtime.InteropServices;
using System.Text.Json;
using Lodestone.Api.BuiltIn;
using Lodestone.Client.Http;

namespace Lodestone.EndToEnd.Tests.Controllers;

/// <summary>Two <c>lodestone controller</c> processes: how long nobody works when the one that leads is told to stop, dies or stands still.</summary>
public sealed class TakeOverTests(ITestOutputHelper output)
{
    private static readonly string[] Short = ["--lease-duration", "4", "--renew-deadline", "3", "--retry-period", "1"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leader_SigTerm_AnotherGivesAnAddressWithinThreeSeconds()
    {
        await using ControllerPair pair = await ControllerPair.StartAsync();
        string? holder = (await pair.LeaseAsync()).Spec!.HolderIdentity;

        long signalled = TimeProvider.System.GetTimestamp();
        pair[ControllerPair.First].Signal(PosixSignal.SIGTERM);
        Lease lease = await pair.SuccessorAsync(holder);
        TimeSpan held = TimeProvider.System.GetElapsedTime(signalled);
        await pair.CreateAsync("after");
        await pair.AddressAsync("after");
        TimeSpan served = TimeProvider.System.GetElapsedTime(signalled);

        output.WriteLine($"Lease taken after {held.TotalSeconds:0.00} s, first address after {served.TotalSeconds:0.00} s");
        Assert.True(served < TimeSpan.FromSeconds(3), $"{served.TotalSeconds:0.00} s from the signal to the first address");
        Assert.Equal(1, lease.Spec!.LeaseTransitions);
        LodestoneResult first = await pair[ControllerPair.First].WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, first.ExitCode);
        await ControllerPair.UntilAsync(
            async () => (await pair.Client.ListAsync<Event>(new ListOptions(), Token)).Exists(e => e.Reason == "LeaderElection" && e.Message == $"{lease.Spec.HolderIdentity} became leader"),
            "an Event names the new leader");
    }

    [Fact]
    public async Task Leader_SigKill_AnotherLeadsWithinTheLease()
    {
        await using ControllerPair pair = await ControllerPair.StartAsync(Short);
        string? holder = (await pair.LeaseAsync()).Spec!.HolderIdentity;

        long killed = TimeProvider.System.GetTimestamp();
        pair[ControllerPair.First].Kill();
        await pair.SuccessorAsync(holder);
        TimeSpan held = TimeProvider.System.GetElapsedTime(killed);
        await pair.CreateAsync("after");
        await pair.AddressAsync("after");
        TimeSpan served = TimeProvider.System.GetElapsedTime(killed);

        // The last renewal was before the kill, at most one period; a busy machine may need a moment to act on what is due.
        output.WriteLine($"Lease taken after {held.TotalSeconds:0.00} s, first address after {served.TotalSeconds:0.00} s");
        Assert.InRange(held, TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(4.5));
        Assert.True(served < TimeSpan.FromSeconds(6), $"{served.TotalSeconds:0.00} s from the kill to the first address");
    }

    [Fact]
    public async Task Leader_StandsStillLongerThanTheLease_WritesNothingWhenItGoesOn()
    {
        await using ControllerPair pair = await ControllerPair.StartAsync(Short);
        string? holder = (await pair.LeaseAsync()).Spec!.HolderIdentity;

        // It is stopped with its hands full: keys in its queues, requests under way, and more to come when it goes on.
        string[] names = [.. Enumerable.Range(0, 400).Select(i => $"lb-{i}")];
        int created = 0;
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (name, _) =>
        {
            await pair.CreateAsync(name);
            if (Interlocked.Increment(ref created) == names.Length / 2)
            {
                pair[ControllerPair.First].Pause();
            }
        });
        Lease lease = await pair.SuccessorAsync(holder);
        DateTimeOffset taken = lease.Spec!.AcquireTime!.Value;
        foreach (string name in names)
        {
            await pair.AddressAsync(name);
        }

        pair[ControllerPair.First].Continue();
        await ControllerPair.UntilAsync(() => pair[ControllerPair.First].Error.Contains("Lost lease", StringComparison.Ordinal), "the first has noticed");
        await ControllerPair.UntilAsync(() => pair[ControllerPair.First].Error.Contains("Waiting for lease", StringComparison.Ordinal), "the first stands again");

        // How many writes were held back depends on where exactly it was stopped; that none was sent doesn't.
        output.WriteLine(pair[ControllerPair.First].Error.Split('\n').First(l => l.Contains("Lost lease", StringComparison.Ordinal)));
        Lease after = await pair.LeaseAsync();
        Assert.Equal((lease.Spec.HolderIdentity, lease.Spec.LeaseTransitions), (after.Spec!.HolderIdentity, after.Spec.LeaseTransitions));
        string[] log = await pair.EndAsync();
        Assert.NotEmpty(Writes(log, ControllerPair.First, DateTimeOffset.MinValue));
        Assert.NotEmpty(Writes(log, ControllerPair.Second, taken));
        Assert.Empty(Writes(log, ControllerPair.First, taken));
    }

    [Theory]
    [InlineData("--lease-duration 10 must be more than --renew-deadline 10", "--lease-duration", "10")]
    [InlineData("--renew-deadline 2 must be at least 1.2 times --retry-period 2", "--renew-deadline", "2")]
    [InlineData("--retry-period must be 1 to 3600", "--retry-period", "0")]
    public async Task Controller_TimesThatDoNotFit_SaysWhy(string expected, params string[] options)
    {
        LodestoneResult result = await LodestoneProcess.RunAsync(["controller", "--kubeconfig", "/none", .. options]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, string.Join('\n', result.ErrorLines), StringComparison.Ordinal);
    }

    /// <summary>What a user wrote since then, but for the Lease and what is told about it.</summary>
    private static List<string> Writes(string[] log, string user, DateTimeOffset since)
    {
        var writes = new List<string>();
        foreach (string line in log)
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            JsonElement root = entry.RootElement;
            if (root.GetProperty("user").GetProperty("username").GetString() == user
                && root.GetProperty("verb").GetString() is "create" or "update" or "patch" or "delete"
                && root.GetProperty("requestReceivedTimestamp").GetDateTimeOffset() >= since
                && root.GetProperty("objectRef").GetProperty("resource").GetString() != "leases"
                && !line.Contains("\"LeaderElection\"", StringComparison.Ordinal))
            {
                writes.Add(line);
            }
        }

        return writes;
    }
}
