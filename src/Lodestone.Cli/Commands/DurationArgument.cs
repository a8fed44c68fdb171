using System.Globalization;

namespace Lodestone.Cli.Commands;

/// <summary>Durations as options take them: a whole number and s, m, h or d.</summary>
internal static class DurationArgument
{
    private const double MaxDays = 3650;

    /// <summary>Reads one of at least a second and at most ten years.</summary>
    /// <param name="option">Its name, for the message.</param>
    /// <param name="text">What was given.</param>
    /// <exception cref="CommandException">It is none.</exception>
    public static TimeSpan Parse(string option, string text)
    {
        TimeSpan unit = text.Length == 0 ? TimeSpan.Zero : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        return unit > TimeSpan.Zero && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 && unit.TotalDays * number <= MaxDays
            ? unit * number
            : throw new CommandException($"{option} '{text}' is no duration of a second to ten years, as in 90s, 30m, 24h or 30d.", ExitCodes.Usage);
    }
}
