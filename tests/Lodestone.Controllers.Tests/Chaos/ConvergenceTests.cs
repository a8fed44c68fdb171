using System.Globalization;
using Xunit;

namespace Lodestone.Controllers.Tests.Chaos;

/// <summary>
/// The same steps come to the same state: in any order, with refusals, lost requests, lost answers and cut watches, and with controllers
/// that die at any write. <c>LODESTONE_CHAOS_RUNS</c> sets how many orders are tried, and has them die at every write instead of at some.
/// </summary>
public sealed class ConvergenceTests
{
    private const int Parallel = 4;

    private static readonly int? Runs =
        int.TryParse(Environment.GetEnvironmentVariable("LODESTONE_CHAOS_RUNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int runs) ? runs : null;

    [Fact]
    public async Task Steps_AnyOrderAndFaults_EndInTheSameState()
    {
        (string[] expected, _) = await ReferenceAsync();
        Assert.Contains(expected, l => l.StartsWith("LoadBalancerRouting", StringComparison.Ordinal) && l.Contains("web-2", StringComparison.Ordinal));
        Assert.Contains(expected, l => l.StartsWith("LoadBalancer {", StringComparison.Ordinal) && l.Contains("address of default/ephemeral-0", StringComparison.Ordinal));
        await EachAsync(Enumerable.Range(1, Runs ?? 12), async seed =>
        {
            // Every third without faults: an order that is wrong is then easier to understand.
            var plan = new FaultPlan(seed, seed % 3 == 0 ? 0 : 0.1);
            List<Step> order = Step.Shuffle(Scenario.Steps, new Random(seed));
            string what = $"seed {seed}, order: {string.Join(", ", order.Select(s => s.Name))}";
            await CheckAsync(plan, order, expected, what);
            Assert.True(seed % 3 == 0 || plan.Faults > 0, $"{what}: nothing went wrong");
        });
    }

    [Fact]
    public async Task Steps_ControllersDieAtAWrite_EndInTheSameState()
    {
        (string[] expected, int writes) = await ReferenceAsync();
        int stride = Runs is null ? Math.Max(1, writes / 8) : 1;
        IEnumerable<(int Write, bool IsAfter)> places = Enumerable.Range(1, writes).Where(w => w % stride == 0).SelectMany(w => new[] { (w, false), (w, true) });
        await EachAsync(places, async place =>
        {
            var plan = new FaultPlan(place.Write, 0, place.Write, place.IsAfter);
            string what = $"death {(place.IsAfter ? "after" : "before")} write {place.Write}";
            int deaths = await CheckAsync(plan, Step.Shuffle(Scenario.Steps, new Random(place.Write)), expected, what);
            Assert.True(deaths == 1 || plan.Writes < place.Write, $"{what}: {deaths} deaths");
        });
    }

    /// <summary>What the steps come to as they are written down, with nothing that goes wrong; and how many writes that took.</summary>
    private static async Task<(string[] State, int Writes)> ReferenceAsync()
    {
        var plan = new FaultPlan(0, 0);
        await using ChaosRun run = await ChaosRun.StartAsync(plan, TestContext.Current.CancellationToken);
        string[] state = await run.DoAsync(Scenario.Steps, null, TestContext.Current.CancellationToken);
        Assert.True(!run.Errors.Any(), string.Join("\n", run.Errors));
        Assert.Empty(await run.ViolationsAsync(TestContext.Current.CancellationToken));
        return (state, plan.Writes);
    }

    private static async Task<int> CheckAsync(FaultPlan plan, List<Step> order, string[] expected, string what)
    {
        await using ChaosRun run = await ChaosRun.StartAsync(plan, TestContext.Current.CancellationToken);
        string[] state = await run.DoAsync(order, expected, TestContext.Current.CancellationToken);
        string[] missing = [.. expected.Except(state)];
        string[] unexpected = [.. state.Except(expected)];
        Assert.True(state.SequenceEqual(expected), $"{what}\nmissing:\n{string.Join('\n', missing)}\nunexpected:\n{string.Join('\n', unexpected)}");
        Assert.Empty(await run.ViolationsAsync(TestContext.Current.CancellationToken));
        Assert.True(!run.Errors.Any(), $"{what}\n{string.Join('\n', run.Errors)}");
        return run.Deaths;
    }

    private static Task EachAsync<T>(IEnumerable<T> items, Func<T, Task> check) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            items,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = TestContext.Current.CancellationToken },
            async (item, _) => await check(item));
}
