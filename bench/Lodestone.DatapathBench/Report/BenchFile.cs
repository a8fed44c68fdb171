using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lodestone.DatapathBench.Report;

/// <summary>Figures as a file.</summary>
internal static class BenchFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Processor and kernel.</summary>
    public static string Machine
    {
        get
        {
            string? model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
            return $"{Environment.ProcessorCount} x {model ?? "unknown processor"}, Linux {Environment.OSVersion.Version}";
        }
    }

    public static string Today => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static void Write<T>(string path, T result) => File.WriteAllText(path, JsonSerializer.Serialize(result, Options) + "\n");

    public static T Read<T>(string path) => JsonSerializer.Deserialize<T>(File.ReadAllText(path), Options)!;
}
