namespace Lodestone.ApiServer.OpenApi;

/// <summary>A parameter of a request.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">JSON type.</param>
/// <param name="Description">What it does, for people.</param>
internal sealed record ApiParameter(string Name, string Type, string Description)
{
    private static readonly ApiParameter DryRun = new("dryRun", "string", "All: do everything but store the result.");
    private static readonly ApiParameter FieldManager = new("fieldManager", "string", "Who sets the fields; at most 128 printable characters.");
    private static readonly ApiParameter FieldValidation = new("fieldValidation", "string", "What unknown and duplicate fields are: Ignore, Warn (the default) or Strict, which refuses them.");

    /// <summary>The object's name, in a path.</summary>
    public static ApiParameter ObjectName { get; } = new("name", "string", "Name of the object.");

    /// <summary>The object's namespace, in a path.</summary>
    public static ApiParameter Namespace { get; } = new("namespace", "string", "Namespace of the object.");

    /// <summary>Taken by every request.</summary>
    public static ApiParameter Pretty { get; } = new("pretty", "string", "true: indent the answer.");

    /// <summary>Of creations and replacements.</summary>
    public static IReadOnlyList<ApiParameter> Write { get; } = [DryRun, FieldManager, FieldValidation];

    /// <summary>Of patches.</summary>
    public static IReadOnlyList<ApiParameter> Patch { get; } =
    [
        DryRun, FieldManager, FieldValidation,
        new("force", "boolean", "Of an apply patch: take over the fields that others own."),
    ];

    /// <summary>Of deletions.</summary>
    public static IReadOnlyList<ApiParameter> Delete { get; } =
    [
        DryRun,
        new("gracePeriodSeconds", "integer", "Seconds the object may take to terminate gracefully."),
        new("orphanDependents", "boolean", "Deprecated: use propagationPolicy."),
        new("propagationPolicy", "string", "What becomes of dependents: Orphan, Background or Foreground."),
    ];

    /// <summary>Of lists and watches.</summary>
    public static IReadOnlyList<ApiParameter> List { get; } =
    [
        new("allowWatchBookmarks", "boolean", "A watch may carry BOOKMARK events, which only tell the version reached."),
        new("continue", "string", "The token that came with the page before."),
        new("fieldSelector", "string", "Restricts the list by fields, such as metadata.name=web."),
        new("labelSelector", "string", "Restricts the list by labels."),
        new("limit", "integer", "The most items a page may have."),
        new("resourceVersion", "string", "The version to read at, or to watch from."),
        new("resourceVersionMatch", "string", "How resourceVersion is meant: Exact or NotOlderThan."),
        new("sendInitialEvents", "boolean", "A watch begins with the state, as ADDED events, and a BOOKMARK behind them."),
        new("timeoutSeconds", "integer", "Ends a list or watch after so many seconds."),
        new("watch", "boolean", "Answer with a stream of changes instead of a list."),
    ];

    /// <summary>Of the deletion of a collection.</summary>
    public static IReadOnlyList<ApiParameter> DeleteCollection { get; } = [.. Delete, .. List.Where(p => p.Name is not ("allowWatchBookmarks" or "watch"))];
}
