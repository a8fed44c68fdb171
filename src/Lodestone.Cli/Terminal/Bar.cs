namespace Lodestone.Cli.Terminal;

/// <summary>Horizontal bars of Unicode's eighth blocks.</summary>
internal static class Bar
{
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>Draws a share of a full bar, padded with spaces to <paramref name="width"/>.</summary>
    /// <param name="share">Between 0 and 1; what is outside is clamped.</param>
    /// <param name="width">Width of a full bar, in characters.</param>
    public static string Draw(double share, int width)
    {
        int eighths = (int)Math.Round(Math.Clamp(share, 0, 1) * width * 8);
        int full = eighths / 8;
        string bar = new('█', full);
        if (full < width && eighths % 8 > 0)
        {
            bar += Eighths[eighths % 8];
        }

        return bar.PadRight(width);
    }
}
