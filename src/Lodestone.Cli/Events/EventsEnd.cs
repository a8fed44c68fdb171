namespace Lodestone.Cli.Events;

/// <summary>What the last line holds: told from events by its one property.</summary>
internal sealed record EventsEnd(EventsSummary Summary);
