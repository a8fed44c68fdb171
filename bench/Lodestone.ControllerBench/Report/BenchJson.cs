using System.Text.Json;

namespace Lodestone.ControllerBench.Report;

/// <summary>Figures as a file.</summary>
internal static class BenchJson
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static void Write(string path, BenchResult result) => File.WriteAllText(path, JsonSerializer.Serialize(result, Options) + "\n");

    public static BenchResult Read(string path) => JsonSerializer.Deserialize<BenchResult>(File.ReadAllText(path), Options)!;
}
