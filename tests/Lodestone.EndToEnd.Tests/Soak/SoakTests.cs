using System.Globalization;

namespace Lodestone.EndToEnd.Tests.Soak;

/// <summary>Nothing is reset and nothing is lost while targets come, go and drain, agents and the server are killed, and programs are replaced.</summary>
/// <remarks>LODESTONE_SOAK_SECONDS=600 for a long one: <c>artifacts/bin/Lodestone.EndToEnd.Tests/release/Lodestone.EndToEnd.Tests -class '*SoakTests'</c>.</remarks>
[Collection(MachineCollection.Name)]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int DefaultSeconds = 20;

    [Fact]
    public async Task Soak_EverythingChanges_NoResetAndNoLoss()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes network namespaces and attaches programs");
        double seconds = Environment.GetEnvironmentVariable("LODESTONE_SOAK_SECONDS") is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : DefaultSeconds;
        await using SoakRun soak = new(TimeSpan.FromSeconds(seconds), Console.Error.WriteLine);

        (IReadOnlyList<string> failures, string summary) = await soak.RunAsync(TestContext.Current.CancellationToken);

        output.WriteLine(summary);
        Assert.True(failures.Count == 0, $"{failures.Count} failures; {summary}\n{string.Join('\n', failures.Take(20))}");
    }
}
