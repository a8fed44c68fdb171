using System.Text.Json;
using Lodestone.Cli.Terminal;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>Prints events as they come: lines for people, or an object a line for machines.</summary>
internal sealed class EventPrinter(TextWriter output, bool json, Style style, TimeZoneInfo zone)
{
    // What to do is told once for each verdict: thousands of packets may be dropped for one reason.
    private readonly HashSet<int> _told = [];

    /// <summary>Prints an event.</summary>
    public void Print(ReportedEvent e)
    {
        if (json)
        {
            output.Write(JsonSerializer.Serialize(e, CliJsonContext.Line.ReportedEvent) + "\n");
            return;
        }

        string line = EventWording.Line(e, zone);
        output.Write((e.Kind == EventKind.Drop ? style.Bad(line) : line) + "\n");
        if (e.Remedy is not null && _told.Add(e.Number))
        {
            output.Write(EventWording.ToDo(e.Remedy) + "\n");
        }
    }

    /// <summary>Prints a line between events.</summary>
    public void Note(string text) => output.Write(style.Dim(text) + "\n");

    /// <summary>Shows what was printed.</summary>
    public void Flush() => output.Flush();

    /// <summary>Prints the totals.</summary>
    public void End(EventsSummary summary)
    {
        output.Write(json ? JsonSerializer.Serialize(new EventsEnd(summary), CliJsonContext.Line.EventsEnd) + "\n" : EventWording.Summary(summary) + "\n");
        output.Flush();
    }
}
