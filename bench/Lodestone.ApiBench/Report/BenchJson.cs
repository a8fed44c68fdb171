using System.Text.Json;
using Lodestone.ApiBench.Scenarios;

namespace Lodestone.ApiBench.Report;

/// <summary>Figures as a file.</summary>
internal static class BenchJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        PreferredObjectCreationHandling = System.Text.Json.Serialization.JsonObjectCreationHandling.Populate,
    };

    public static void Write(string path, BenchResult result) => File.WriteAllText(path, JsonSerializer.Serialize(result, Options) + "\n");

    public static BenchResult Read(string path) => JsonSerializer.Deserialize<BenchResult>(File.ReadAllText(path), Options)!;
}
