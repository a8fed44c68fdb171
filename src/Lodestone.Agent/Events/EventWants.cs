using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Events;

/// <summary>Which events a listener wants.</summary>
public sealed record EventWants
{
    /// <summary>Which kinds.</summary>
    public required Listening Kinds { get; init; }

    /// <summary>Of so many samples, one on average; at least 1. Drops and transitions are told of each.</summary>
    public int SampleOneIn { get; init; } = 1;

    /// <summary>Id of the only VIP whose transitions and samples are wanted; null: of all.</summary>
    public uint? Vip { get; init; }

    /// <summary>The only destination of dropped packets that are wanted; null: of all.</summary>
    public DatapathAddress? Address { get; init; }
}
