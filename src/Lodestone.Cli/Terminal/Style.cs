namespace Lodestone.Cli.Terminal;

/// <summary>Colours for one stream; plain text where it is not a terminal or the user has set <c>NO_COLOR</c> (https://no-color.org).</summary>
/// <param name="Enabled">Whether escape sequences are written at all.</param>
internal readonly record struct Style(bool Enabled)
{
    /// <summary>The style for a stream of this process.</summary>
    /// <param name="redirected">Whether the stream goes to a file or a pipe.</param>
    public static Style For(bool redirected) =>
        new(!redirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"));

    /// <summary>Something is as it should be.</summary>
    public string Good(string text) => Wrap(text, "32");

    /// <summary>Something deserves a look.</summary>
    public string Warning(string text) => Wrap(text, "33");

    /// <summary>Something is broken.</summary>
    public string Bad(string text) => Wrap(text, "31");

    /// <summary>A heading.</summary>
    public string Bold(string text) => Wrap(text, "1");

    /// <summary>Detail that may be skipped.</summary>
    public string Dim(string text) => Wrap(text, "2");

    private string Wrap(string text, string code) => Enabled ? $"\e[{code}m{text}\e[0m" : text;
}
