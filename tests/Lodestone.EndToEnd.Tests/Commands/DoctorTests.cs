using System.Text.Json;

namespace Lodestone.EndToEnd.Tests.Commands;

public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_Json_ExitCodeAgreesWithFindings()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("doctor", "-o", "json");

        using JsonDocument report = JsonDocument.Parse(result.Output);
        JsonElement[] findings = [.. report.RootElement.GetProperty("findings").EnumerateArray()];
        JsonElement[] broken = [.. findings.Where(f => f.GetProperty("level").GetString() == "Broken")];
        Assert.Equal(broken.Length == 0 ? "ok" : "broken", report.RootElement.GetProperty("result").GetString());
        Assert.Equal(broken.Length == 0 ? 0 : 1, result.ExitCode);
        Assert.All(broken, f => Assert.NotEmpty(f.GetProperty("remedy").GetString()!));
        Assert.Superset(
            new HashSet<string?> { "kernel", "privileges", "tools", "uplink", "addresses" },
            findings.Select(f => f.GetProperty("area").GetString()).ToHashSet());
    }

    [Fact]
    public async Task Doctor_UplinkDoesNotExist_BrokenWithRemedy()
    {
        LodestoneResult result = await LodestoneProcess.RunAsync("doctor", "--uplink", "none0");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("there is no such device", result.Output, StringComparison.Ordinal);
        Assert.Contains("-> 'ip link' lists what there is", result.Output, StringComparison.Ordinal);
    }
}
