using System.Text.Json;

namespace Lodestone.EndToEnd.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("which command?")]
    [InlineData("'bogus' is not understood", "bogus")]
    [InlineData("'--bogus' is not understood", "doctor", "--bogus")]
    [InlineData("'xml' not recognized", "doctor", "-o", "xml")]
    public async Task Run_WrongUsage_OneLineAndTwo(string expected, params string[] arguments)
    {
        LodestoneResult result = await LodestoneProcess.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        string line = Assert.Single(result.ErrorLines);
        Assert.StartsWith("lodestone: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.Contains("--help'", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManifestsCrds_Yaml_OneDocumentPerKind()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("manifests", "crds");

        Assert.Equal(0, result.ExitCode);
        string[] documents = result.Output.Split("---\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(documents, d => Assert.StartsWith("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n", d, StringComparison.Ordinal));
        Assert.Contains(documents, d => d.Contains("  name: loadbalancers.networking.ironcore.dev\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ManifestsCrds_Json_IsAList()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("manifests", "crds", "-o", "json", "--selectable-fields");

        Assert.Equal(0, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal("List", json.RootElement.GetProperty("kind").GetString());
        Assert.Contains("selectableFields", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_Root_ListsCommandsAndExitCodes()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("\n  doctor ", result.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("workload", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_Command_EndsWithExamples()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("doctor", "--help");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Examples:\n  lodestone doctor\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_Json_NamesVersionAndRuntime()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("version", "-o", "json");

        using JsonDocument report = JsonDocument.Parse(result.Output);
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("0.1.0", report.RootElement.GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(".NET 10.", report.RootElement.GetProperty("runtime").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OutputIsNoTerminal_NoEscapes()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("doctor");

        Assert.DoesNotContain('\e', result.Output);
    }
}
