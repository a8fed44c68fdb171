using System.Globalization;
using System.Text.RegularExpressions;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>The units, as systemd reads them.</summary>
public sealed partial class SystemdUnitTests
{
    /// <summary>What systemd-analyze says at most: 0 is nothing exposed, 10 everything.</summary>
    [Theory]
    [InlineData("lodestone-agent", 3.0)]
    [InlineData("lodestone-server", 1.6)]
    [InlineData("lodestone-controller", 1.6)]
    public async Task Unit_IsNotMoreExposedThanItHasToBe(string unit, double most)
    {
        string output = await DebianPackage.RunAsync("systemd-analyze", "security", "--offline=true", "--no-pager", $"{DebianPackage.Repository}/deploy/systemd/{unit}.service");

        Match level = Level().Match(output);
        Assert.True(level.Success, output);
        Assert.True(double.Parse(level.Groups[1].ValueSpan, CultureInfo.InvariantCulture) <= most, output);
    }

    [Fact]
    public async Task Units_AreUnderstood()
    {
        string directory = Directory.CreateTempSubdirectory("lodestone-units-").FullName;
        try
        {
            foreach (string unit in Directory.EnumerateFiles($"{DebianPackage.Repository}/deploy/systemd", "*.service"))
            {
                // What it is to start must be there.
                string text = (await File.ReadAllTextAsync(unit, TestContext.Current.CancellationToken)).Replace("/usr/bin/lodestone ", $"{LodestoneProcess.Executable} ", StringComparison.Ordinal);
                string copy = Path.Combine(directory, Path.GetFileName(unit));
                await File.WriteAllTextAsync(copy, text.Replace("man:lodestone(8)", "https://lodestone.dev", StringComparison.Ordinal), TestContext.Current.CancellationToken);

                (int code, string output, string error) = await DebianPackage.TryRunAsync("systemd-analyze", "verify", "--man=no", copy);

                Assert.True(code == 0 && !error.Contains(Path.GetFileName(unit) + ":", StringComparison.Ordinal), output + error);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [GeneratedRegex(@"Overall exposure level for \S+: ([\d.]+)")]
    private static partial Regex Level();
}
