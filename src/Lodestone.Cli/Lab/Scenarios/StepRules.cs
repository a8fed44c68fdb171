using Lodestone.Cli.Lab.Load;

namespace Lodestone.Cli.Lab.Scenarios;

/// <summary>What must hold in a step.</summary>
/// <remarks>Of flows that are not affected: no datagram lost, no connection lost, no other target, no new connection without an answer, no SYN.</remarks>
internal sealed record StepRules
{
    /// <summary>Its name, a few words.</summary>
    public required string Name { get; init; }

    /// <summary>What was done, for the report.</summary>
    public required string Done { get; init; }

    /// <summary>What must hold, in words.</summary>
    public required string Goal { get; init; }

    /// <summary>Which flows the step concerns.</summary>
    public Func<FlowFigures, bool> IsAffected { get; init; } = _ => false;

    /// <summary>Which flows are looked at at all.</summary>
    public Func<FlowFigures, bool> IsJudged { get; init; } = _ => true;

    /// <summary>The longest that affected datagram flows may lose packets; null: however long.</summary>
    public TimeSpan? MaxLoss { get; init; } = TimeSpan.Zero;

    /// <summary>Whether affected connections may be lost, and affected datagrams go to another target.</summary>
    public bool MayEnd { get; init; }

    /// <summary>How long the way may be closed to affected new connections (<see cref="FlowFigures.ClosedFor"/>), and some fail; null: none may fail.</summary>
    public TimeSpan? MaxFailing { get; init; }

    /// <summary>What was read about it, such as a condition in the API.</summary>
    public Findings Findings { get; init; } = new();
}
