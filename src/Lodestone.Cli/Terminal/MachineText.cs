namespace Lodestone.Cli.Terminal;

/// <summary>This machine in a few words, for figures.</summary>
internal static class MachineText
{
    /// <summary>Processor and kernel.</summary>
    public static string Of()
    {
        string? model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        return $"{Environment.ProcessorCount} x {model ?? "unknown processor"}, Linux {Environment.OSVersion.Version}";
    }
}
