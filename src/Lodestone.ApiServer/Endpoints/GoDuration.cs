using System.Globalization;

namespace Lodestone.ApiServer.Endpoints;

/// <summary>Durations as Go reads them: <c>1h2m3.5s</c>, <c>300ms</c>, <c>0</c>.</summary>
internal static class GoDuration
{
    /// <summary>Reads one; on failure, <paramref name="problem"/> is what Go says.</summary>
    public static bool TryParse(string text, out TimeSpan duration, out string problem)
    {
        duration = TimeSpan.Zero;
        problem = "";
        ReadOnlySpan<char> rest = text;
        bool isNegative = rest.StartsWith("-");
        if (rest.StartsWith("-") || rest.StartsWith("+"))
        {
            rest = rest[1..];
        }

        if (rest is "0")
        {
            return true;
        }

        double ticks = 0;
        bool isRead = rest.Length > 0;
        while (rest.Length > 0)
        {
            int digits = Length(rest, static c => char.IsAsciiDigit(c) || c == '.');
            if (digits == 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                isRead = false;
                break;
            }

            rest = rest[digits..];
            int letters = Length(rest, static c => !char.IsAsciiDigit(c) && c != '.');
            if (letters == 0)
            {
                problem = $"time: missing unit in duration \"{text}\"";
                return false;
            }

            if (TicksOf(rest[..letters]) is not { } unit)
            {
                problem = $"time: unknown unit \"{rest[..letters]}\" in duration \"{text}\"";
                return false;
            }

            ticks += number * unit;
            rest = rest[letters..];
        }

        if (!isRead || ticks > long.MaxValue / 100)
        {
            problem = $"time: invalid duration \"{text}\"";
            return false;
        }

        duration = TimeSpan.FromTicks((long)(isNegative ? -ticks : ticks));
        return true;
    }

    private static int Length(ReadOnlySpan<char> text, Func<char, bool> belongs)
    {
        int length = 0;
        while (length < text.Length && belongs(text[length]))
        {
            length++;
        }

        return length;
    }

    private static double? TicksOf(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => null,
    };
}
