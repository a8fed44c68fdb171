using System.Collections.Immutable;
using System.Net;
using Lodestone.Agent.Desired;

namespace Lodestone.Agent.Apply;

/// <summary>What applying a desired state came to.</summary>
public sealed record ApplyResult
{
    /// <summary>Entries, slots and words written; 0 when the data path already was as desired.</summary>
    public required long Writes { get; init; }

    /// <summary>VIPs that are in the data path as desired.</summary>
    public required ImmutableHashSet<VipKey> Programmed { get; init; }

    /// <summary>VIPs that were looked at: of others, what is in the data path is what was.</summary>
    public ImmutableArray<VipKey> Made { get; init; } = [];

    /// <summary>What did not fit. What served before goes on serving.</summary>
    public required ImmutableArray<Problem> Problems { get; init; }

    /// <summary>What routers said that fits, in bytes of a whole packet, by the address that packets go by; only where it is less than the uplink takes.</summary>
    public ImmutableDictionary<IPAddress, int> NarrowPaths { get; init; } = ImmutableDictionary<IPAddress, int>.Empty;

    /// <summary>VIPs whose rings keep flows where they were, since this gateway has heard of a change after its window (docs/adr/0023-changes-heard-of-late.md).</summary>
    public ImmutableHashSet<VipKey> Late { get; init; } = [];

    /// <summary>When to look again although nothing changes: a slot that settles may be quiet by then, or a window that this gateway alone has is over. Null: never.</summary>
    public DateTimeOffset? LookAgainAt { get; init; }
}
