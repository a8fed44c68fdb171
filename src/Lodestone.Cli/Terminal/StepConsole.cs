namespace Lodestone.Cli.Terminal;

/// <summary>What a run of steps, the demo or a scenario of the lab, says meanwhile. Thread-safe.</summary>
/// <param name="writer">Where to.</param>
/// <param name="style">Colours, if any.</param>
/// <param name="isTerminal">Whether a line may be written over.</param>
/// <param name="time">The clock.</param>
internal sealed class StepConsole(TextWriter writer, Style style, bool isTerminal, TimeProvider time)
{
    private const string EraseLine = "\r\e[K";

    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private int _step;
    private bool _progressShown;

    /// <summary>Colours for text that is put together elsewhere.</summary>
    public Style Style => style;

    /// <summary>Time since it began.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>A console for an ordinary run (stdout), or for one whose stdout is JSON (stderr).</summary>
    public static StepConsole Create(bool json, TimeProvider time)
    {
        bool redirected = json ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        return new StepConsole(json ? Console.Error : Console.Out, Style.For(redirected), !redirected, time);
    }

    /// <summary>Begins the next numbered step.</summary>
    public void Step(string title)
    {
        lock (_lock)
        {
            WriteLocked("");
            WriteLocked(style.Bold($"{++_step}  {title}"));
        }
    }

    /// <summary>Something that happened, with the time.</summary>
    public void Event(string text)
    {
        lock (_lock)
        {
            WriteLocked($"   {style.Dim($"{Elapsed.TotalSeconds,6:F2} s")}  {text}");
        }
    }

    /// <summary>A line that belongs to the step.</summary>
    public void Line(string text = "")
    {
        lock (_lock)
        {
            WriteLocked(text.Length == 0 ? "" : "   " + text);
        }
    }

    /// <summary>Shows what a long step is at. On a terminal it is written over by whatever comes next; elsewhere it is left out.</summary>
    public void Progress(string text)
    {
        if (!isTerminal)
        {
            return;
        }

        lock (_lock)
        {
            writer.Write($"{EraseLine}   {style.Dim($"{Elapsed.TotalSeconds,6:F2} s  {text}")}");
            writer.Flush();
            _progressShown = true;
        }
    }

    private void WriteLocked(string text)
    {
        if (_progressShown)
        {
            writer.Write(EraseLine);
            _progressShown = false;
        }

        writer.WriteLine(text);
        writer.Flush();
    }
}
