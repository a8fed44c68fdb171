namespace Lodestone.ApiServer.Tests.History;

/// <summary>A request and its answer.</summary>
/// <param name="Kind">What was asked for.</param>
/// <param name="Key">Of which object; empty of a list.</param>
/// <param name="Start">When it was sent; all times are of one monotonic clock.</param>
/// <param name="End">When it was answered, or failed.</param>
/// <param name="Outcome">What came of it.</param>
internal sealed record Operation(OperationKind Kind, string Key, long Start, long End, OperationOutcome Outcome)
{
    /// <summary>What a creation or update put in.</summary>
    public string Value { get; init; } = "";

    /// <summary>The version an update was made from; 0 for whichever there is.</summary>
    public long Expected { get; init; }

    /// <summary>The object that was answered; of a deletion only its uid counts.</summary>
    public ObservedObject? Object { get; init; }

    /// <summary>The version of a list.</summary>
    public long Version { get; init; }

    /// <summary>The objects of a list.</summary>
    public IReadOnlyDictionary<string, ObservedObject> Items { get; init; } = new Dictionary<string, ObservedObject>();

    public override string ToString() => $"{Kind} {Key} [{Start}, {End}] {Outcome} {(Kind == OperationKind.List ? $"at {Version}" : Object?.ToString() ?? Value)}";
}
