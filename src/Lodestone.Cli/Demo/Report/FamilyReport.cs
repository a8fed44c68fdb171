namespace Lodestone.Cli.Demo.Report;

/// <summary>How one address family did.</summary>
internal sealed record FamilyReport
{
    /// <summary>The allocated address.</summary>
    public required string Vip { get; init; }

    /// <summary>HTTP requests, each over a connection of its own, before anything was changed.</summary>
    public required int Requests { get; init; }

    /// <summary>Those that were not answered.</summary>
    public required int Failed { get; init; }

    /// <summary>Answers by target.</summary>
    public required IReadOnlyDictionary<string, int> PerTarget { get; init; }

    /// <summary>How far the target worst off is from an equal share, relative to it: 0.05 is 5 %.</summary>
    public required double Spread { get; init; }
}
