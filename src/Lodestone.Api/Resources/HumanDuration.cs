using System.Globalization;

namespace Lodestone.Api.Resources;

/// <summary>Durations as <c>kubectl</c> shows them, short and with falling precision: <c>45s</c>, <c>5m10s</c>, <c>3h12m</c>, <c>6d</c>.</summary>
public static class HumanDuration
{
    /// <summary>How long ago a time is; <c>&lt;unknown&gt;</c> where there is none.</summary>
    public static string Since(DateTimeOffset? time, DateTimeOffset now) => time is { } then ? Format(now - then) : "<unknown>";

    /// <summary>The duration in at most two units. One second into the future is taken for clock skew, more is <c>&lt;invalid&gt;</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        long seconds = (long)duration.TotalSeconds;
        long minutes = seconds / 60;
        long hours = minutes / 60;
        long days = hours / 24;
        return true switch
        {
            _ when seconds < -1 => "<invalid>",
            _ when seconds < 0 => "0s",
            _ when seconds < 120 => Units(seconds, "s", 0, ""),
            _ when minutes < 10 => Units(minutes, "m", seconds % 60, "s"),
            _ when minutes < 180 => Units(minutes, "m", 0, ""),
            _ when hours < 8 => Units(hours, "h", minutes % 60, "m"),
            _ when hours < 48 => Units(hours, "h", 0, ""),
            _ when days < 8 => Units(days, "d", hours % 24, "h"),
            _ when days < 2 * 365 => Units(days, "d", 0, ""),
            _ when days < 8 * 365 => Units(days / 365, "y", days % 365, "d"),
            _ => Units(days / 365, "y", 0, ""),
        };
    }

    private static string Units(long major, string majorUnit, long minor, string minorUnit) =>
        minor == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{major}{majorUnit}")
            : string.Create(CultureInfo.InvariantCulture, $"{major}{majorUnit}{minor}{minorUnit}");
}
