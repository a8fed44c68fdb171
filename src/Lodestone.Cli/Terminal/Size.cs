using System.Globalization;

namespace Lodestone.Cli.Terminal;

/// <summary>Bytes for people.</summary>
internal static class Size
{
    /// <summary>As KiB below a MiB, else as MiB.</summary>
    public static string Of(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):F1} MiB");
}
