using System.Globalization;
using System.Text.RegularExpressions;

using Lodestone.Agent.Announce.Bgp;
using Lodestone.EndToEnd.Tests.Services;

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

    /// <summary>With what machines have that speak BGP.</summary>
    [Fact]
    public async Task BgpDropIn_IsUnderstood_AndGivesWhatTheManifestsDo()
    {
        string directory = Directory.CreateTempSubdirectory("lodestone-units-").FullName;
        try
        {
            string[] parts = [ReadUnitFile("lodestone-agent.service"), ReadUnitFile("lodestone-agent-bgp.conf")];
            string[] capabilities = [.. parts.SelectMany(text => Capabilities().Matches(text)).SelectMany(match => match.Groups[1].Value.Split(' ')).Select(name => name["CAP_".Length..])];
            Assert.Equal(PodProcess.CapabilitiesOf(bgp: true).Order(), capabilities.Order());

            string unit = Path.Combine(directory, "lodestone-agent.service");
            string text = parts[0].Replace("[Install]", parts[1] + "\n[Install]", StringComparison.Ordinal)
                .Replace("/usr/bin/lodestone ", $"{LodestoneProcess.Executable} ", StringComparison.Ordinal)
                .Replace("/usr/lib/lodestone/bgp-hand-over", $"{DebianPackage.Repository}/deploy/systemd/bgp-hand-over", StringComparison.Ordinal)
                .Replace("man:lodestone(8)", "https://lodestone.dev", StringComparison.Ordinal);
            await File.WriteAllTextAsync(unit, text, TestContext.Current.CancellationToken);
            (int code, string output, string error) = await DebianPackage.TryRunAsync("systemd-analyze", "verify", "--man=no", unit);
            Assert.True(code == 0 && !error.Contains("lodestone-agent.service:", StringComparison.Ordinal), output + error);

            string exposed = await DebianPackage.RunAsync("systemd-analyze", "security", "--offline=true", "--no-pager", unit);
            Assert.True(double.Parse(Level().Match(exposed).Groups[1].ValueSpan, CultureInfo.InvariantCulture) <= 5.0, exposed);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>What systemd's list of jobs says while the agent is being ended, and whether BGP is left to the next one.</summary>
    [Theory]
    [InlineData("echo '4711 lodestone-agent.service restart running'", true)]
    [InlineData("echo '4711 lodestone-agent.service stop running'", false)]
    [InlineData("exit 1", false)]
    [InlineData("echo 'No jobs running.'", false)]
    public async Task HandOver_OnlyARestart_LeavesBgpToTheNextAgent(string jobs, bool expected)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("lodestone-hand-over-");
        try
        {
            string systemctl = Path.Combine(directory.FullName, "systemctl");
            await File.WriteAllTextAsync(systemctl, $"#!/bin/sh\n[ \"$1 $4\" = 'list-jobs lodestone-agent.service' ] || exit 9\n{jobs}\n", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(systemctl, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            string state = directory.CreateSubdirectory("state").FullName;

            await DebianPackage.RunAsync("env", $"PATH={directory.FullName}:/usr/bin:/bin", $"{DebianPackage.Repository}/deploy/systemd/bgp-hand-over", state);

            Assert.Equal(expected, File.Exists(Path.Combine(state, BgpOptions.HandOverFile)));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
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

    [GeneratedRegex("^CapabilityBoundingSet=(.*)$", RegexOptions.Multiline)]
    private static partial Regex Capabilities();

    [GeneratedRegex(@"Overall exposure level for \S+: ([\d.]+)")]
    private static partial Regex Level();

    private static string ReadUnitFile(string name) => File.ReadAllText($"{DebianPackage.Repository}/deploy/systemd/{name}");
}
