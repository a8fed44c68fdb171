using System.Globalization;

namespace Lodestone.Cli.Events;

/// <summary>Reads how long: <c>500ms</c>, <c>5s</c>, <c>2m</c>, <c>1h</c>, or seconds.</summary>
internal static class DurationText
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];

    /// <summary>Reads one.</summary>
    /// <exception cref="CommandException">It is none, or not positive.</exception>
    public static TimeSpan Parse(string option, string text)
    {
        (string unit, double seconds) = Units.First(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        return double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * seconds is > 0 and <= 86_400 * 365
            ? TimeSpan.FromSeconds(value * seconds)
            : throw new CommandException($"{option} '{text}' is not a time, as in 500ms, 5s or 2m.", ExitCodes.Usage);
    }
}
