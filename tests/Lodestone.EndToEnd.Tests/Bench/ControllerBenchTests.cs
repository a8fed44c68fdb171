using System.Text.Json;

namespace Lodestone.EndToEnd.Tests.Bench;

/// <summary>The bench of the controllers runs to its end on a small world, and what must be nothing is nothing.</summary>
public sealed class ControllerBenchTests
{
    [Fact]
    public async Task Run_SmallWorld_NothingIsDoneTwiceOrAtRest()
    {
        string directory = Directory.CreateTempSubdirectory("controllerbench-test-").FullName;
        try
        {
            string figures = Path.Combine(directory, "figures.json");
            string bench = Path.Combine(AppContext.BaseDirectory, "Lodestone.ControllerBench");
            LodestoneResult run = await LodestoneProcess.RunProgramAsync(
                bench, "run", "--lodestone", LodestoneProcess.Executable, "--out", figures, "--load-balancers", "20", "--networks", "2", "--targets", "500", "--seconds", "1");
            Assert.True(run.ExitCode == 0, run.Error);
            LodestoneResult drawn = await LodestoneProcess.RunProgramAsync(bench, "draw", "--in", figures, "--out", directory);
            Assert.True(drawn.ExitCode == 0, drawn.Error);

            JsonElement root = JsonDocument.Parse(await File.ReadAllTextAsync(figures, TestContext.Current.CancellationToken)).RootElement;
            Assert.Equal(0, root.GetProperty("firstStart").GetProperty("errors").GetInt64());
            Assert.Equal(0, root.GetProperty("restart").GetProperty("writes").GetInt64());
            JsonElement rest = root.GetProperty("rest");
            Assert.Equal((0, 0, 0), (rest.GetProperty("reconciles").GetInt64(), rest.GetProperty("lists").GetInt64(), rest.GetProperty("writes").GetInt64()));
            Assert.Contains("| 500 targets", drawn.Output, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(directory, "change-work.svg")));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
