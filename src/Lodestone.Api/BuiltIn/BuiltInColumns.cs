using Lodestone.Api.Resources;

namespace Lodestone.Api.BuiltIn;

/// <summary>Tables of the kinds of Kubernetes' own groups, as its own API server prints them.</summary>
internal static class BuiltInColumns
{
    private const int Wide = 1;

    public static IReadOnlyList<PrinterColumn> Namespace { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<Namespace>("Status", "Active or Terminating.", n => n.Status?.Phase ?? ""),
        PrinterColumn.Age,
    ];

    public static IReadOnlyList<PrinterColumn> ConfigMap { get; } =
    [
        PrinterColumn.ObjectName,
        Count<ConfigMap>("Data", "How many keys it has.", c => (c.Data?.Count ?? 0) + (c.BinaryData?.Count ?? 0)),
        PrinterColumn.Age,
    ];

    public static IReadOnlyList<PrinterColumn> Secret { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<Secret>("Type", "What its keys are to be.", s => s.Type ?? ""),
        Count<Secret>("Data", "How many keys it has.", s => s.Data?.Count ?? 0),
        PrinterColumn.Age,
    ];

    public static IReadOnlyList<PrinterColumn> ServiceAccount { get; } =
    [
        PrinterColumn.ObjectName,
        Count<ServiceAccount>("Secrets", "How many secrets belong to it.", a => a.Secrets?.Count ?? 0),
        PrinterColumn.Age,
    ];

    public static IReadOnlyList<PrinterColumn> Event { get; } =
    [
        PrinterColumn.Since<Event>("Last Seen", "How long ago it last happened.", e => e.Series?.LastObservedTime ?? e.LastTimestamp ?? First(e)),
        PrinterColumn.Text<Event>("Type", "Normal or Warning.", e => e.Type),
        PrinterColumn.Text<Event>("Reason", "What happened, in one word.", e => e.Reason),
        PrinterColumn.Text<Event>("Object", "What it is about.", e => FormatObject(e.InvolvedObject)),
        PrinterColumn.Text<Event>("Subobject", "The part of the object that is meant.", e => e.InvolvedObject?.FieldPath, Wide),
        PrinterColumn.Text<Event>("Source", "Who tells it.", FormatSource, Wide),
        PrinterColumn.Text<Event>("Message", "What happened.", e => e.Message?.Trim()),
        PrinterColumn.Since<Event>("First Seen", "How long ago it first happened.", First, Wide),
        PrinterColumn.Number<Event>("Count", "How often it happened.", HowOften, Wide),
        PrinterColumn.ObjectName with { Priority = Wide },
    ];

    public static IReadOnlyList<PrinterColumn> EventsEvent { get; } =
        [.. Event.Select(column => column with { Cell = (resource, now) => column.Cell(BuiltIn.EventsEvent.ToCore((EventsEvent)resource), now) })];

    public static IReadOnlyList<PrinterColumn> Lease { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<Lease>("Holder", "Who holds it.", l => l.Spec?.HolderIdentity ?? ""),
        PrinterColumn.Age,
    ];

    // Kubernetes declares these columns as strings and fills them with numbers.
    private static PrinterColumn Count<T>(string name, string description, Func<T, int> cell)
        where T : Meta.KubernetesObject => new(name, "string", "", description, 0, (resource, _) => cell((T)resource));

    private static DateTimeOffset? First(Event e) => e.FirstTimestamp ?? e.EventTime;

    // The first time does not count in a series.
    private static long? HowOften(Event e) => e.Series is { } series ? (series.Count ?? 0) + 1 : e.Count is null or 0 ? 1 : e.Count;

    private static string FormatObject(ObjectReference? reference)
    {
        string kind = reference?.Kind?.ToLowerInvariant() ?? "";
        return string.IsNullOrEmpty(reference?.Name) ? kind : $"{kind}/{reference.Name}";
    }

    private static string FormatSource(Event e)
    {
        string? component = string.IsNullOrEmpty(e.Source?.Component) ? e.ReportingComponent : e.Source.Component;
        string? host = string.IsNullOrEmpty(e.Source?.Host) ? e.ReportingInstance : e.Source.Host;
        return string.IsNullOrEmpty(host) ? component ?? "" : $"{component}, {host}";
    }
}
