using System.Collections.Immutable;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>Path attributes of every route to a neighbour. A change of them makes no session anew.</summary>
public sealed record BgpAttributes
{
    /// <summary>Communities as in <c>65001:100</c>.</summary>
    public ImmutableArray<string> Communities { get; init; } = [];

    /// <summary>Large communities as in <c>65001:1:2</c>.</summary>
    public ImmutableArray<string> LargeCommunities { get; init; } = [];

    /// <summary>MULTI_EXIT_DISC; null: none.</summary>
    public uint? Med { get; init; }

    /// <summary>LOCAL_PREF; null: the daemon's default, 100.</summary>
    public uint? LocalPreference { get; init; }

    /// <inheritdoc/>
    public bool Equals(BgpAttributes? other) =>
        other is not null
        && Communities.AsSpan().SequenceEqual(other.Communities.AsSpan())
        && LargeCommunities.AsSpan().SequenceEqual(other.LargeCommunities.AsSpan())
        && Med == other.Med
        && LocalPreference == other.LocalPreference;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Communities.Length, LargeCommunities.Length, Med, LocalPreference);
}
